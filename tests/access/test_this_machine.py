import re

import pytest
from access.serving import ask

from cxr.access.this_machine import ThisMachineOnly, open_to_all


@pytest.mark.parametrize("address", ["localhost", "127.0.0.1", "127.8.9.1", "::1", "[::1]"])
def test_without_sign_in_the_app_may_listen_on_this_machine(address: str) -> None:
    assert not open_to_all(address)


@pytest.mark.parametrize("address", ["", "0.0.0.0", "::", "10.0.0.7", "ward.example", "localhost.example"])
def test_without_sign_in_any_other_address_is_refused_with_the_way_on(address: str) -> None:
    assert re.search(r"CXR_SIGN_IN=local.*--server\.address=localhost", open_to_all(address))


@pytest.mark.parametrize("kind", ["http", "websocket"])
def test_a_request_at_another_address_or_from_another_machine_is_refused_however_the_server_was_started(
    kind: str,
) -> None:
    here = ask(ThisMachineOnly, kind=kind, server="127.0.0.1")
    outside = ask(ThisMachineOnly, kind=kind, server="10.0.0.7")
    through_a_proxy_here = ask(ThisMachineOnly, kind=kind, client="10.0.0.7")

    assert (here.status, here.accepted) == ((200, False) if kind == "http" else (None, True))
    for refused in (outside, through_a_proxy_here):
        assert (refused.status, refused.accepted) == (403 if kind == "http" else None, False)
