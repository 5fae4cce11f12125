"""What a busy machine brings out in Streamlit: lost uploads, lost clicks, empty pages."""

from inspect import unwrap

import pytest
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from streamlit.runtime.forward_msg_queue import ForwardMsgQueue
from streamlit.runtime.scriptrunner import RerunData
from streamlit.runtime.scriptrunner_utils.script_requests import ScriptRequests

from cxr.ui.runtime_fixes import KEPT, refreshes_another_page

pytestmark = pytest.mark.usefixtures("fixed_runtime")


def waiting(*kinds: str) -> ForwardMsgQueue:
    queue = ForwardMsgQueue()
    for kind in kinds:
        message = ForwardMsg()
        if kind == "heartbeat_ack":
            message.heartbeat_ack = True
        else:
            getattr(message, kind).SetInParent()
        queue.enqueue(message)
    return queue


def kinds(queue: ForwardMsgQueue) -> list[str | None]:
    return [message.WhichOneof("type") for message in queue.flush()]


@pytest.mark.parametrize("kept", sorted(KEPT))
@pytest.mark.parametrize("parts", [None, ["a-part"]], ids=["whole page", "part"])
def test_an_answer_or_an_address_outlives_the_start_of_a_run_once(kept: str, parts: list[str] | None) -> None:
    queue = waiting("new_session", kept)
    queue.clear(retain_lifecycle_msgs=True, fragment_ids_this_run=parts)
    assert kinds(queue) == ["new_session", kept]


def test_what_the_earlier_run_drew_is_thrown_away_and_a_closed_page_keeps_nothing() -> None:
    queue = waiting("delta", "file_urls_response")
    queue.clear(retain_lifecycle_msgs=True)
    assert kinds(queue) == ["file_urls_response"]
    queue = waiting("file_urls_response")
    queue.clear()
    assert kinds(queue) == []


def test_streamlit_alone_still_loses_answers() -> None:
    """The day this fails, `_keep_messages` may go."""
    queue = waiting("file_urls_response")
    alone = unwrap(ForwardMsgQueue.clear)
    alone(queue, retain_lifecycle_msgs=True)
    assert kinds(queue) == []


SWITCH = RerunData(page_script_hash="case", query_string="case=5")
REFRESH = RerunData(is_auto_rerun=True, fragment_id="list", page_script_hash="worklist")


def next_run(requests: ScriptRequests) -> RerunData:
    request = requests.on_scriptrunner_yield()
    assert request
    return request.rerun_data


def test_a_switch_to_another_page_outlives_a_refresh_of_the_page_before() -> None:
    requests = ScriptRequests()
    requests.request_rerun(SWITCH)
    requests.request_rerun(REFRESH)
    found = next_run(requests)
    assert (found.page_script_hash, found.query_string, found.fragment_id_queue) == ("case", "case=5", [])


def test_what_a_person_does_last_decides_on_the_page() -> None:
    requests = ScriptRequests()
    requests.request_rerun(SWITCH)
    requests.request_rerun(RerunData(page_script_hash="audit"))
    assert next_run(requests).page_script_hash == "audit"


def test_streamlit_alone_still_goes_back_to_the_page_before() -> None:
    """The day this fails, `_keep_the_page` may go."""
    requests = ScriptRequests()
    alone = unwrap(ScriptRequests._request_rerun_locked)
    alone(requests, SWITCH)
    alone(requests, REFRESH)
    assert next_run(requests).page_script_hash == "worklist"


@pytest.mark.parametrize(
    "rerun, left",
    [
        (RerunData(is_auto_rerun=True, fragment_id_queue=["a"], page_script_hash="worklist"), True),
        (RerunData(is_auto_rerun=True, fragment_id_queue=["a"], page_script_hash="case"), False),
        (RerunData(fragment_id_queue=["a"], page_script_hash="worklist"), False),
        (RerunData(is_auto_rerun=True, page_script_hash="worklist"), False),
    ],
    ids=["refresh of the page before", "refresh of this page", "a click", "a whole page"],
)
def test_only_a_refresh_of_another_page_is_left_out(rerun: RerunData, left: bool) -> None:
    assert refreshes_another_page(rerun, "case") is left
