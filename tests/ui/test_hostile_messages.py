"""A client that signs in, or needs not to, and then sends what no page of the app sends."""

from pathlib import Path
from typing import cast

from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from ui.app_server import forked_app
from ui.test_served_app import first_cookie, opened, session_of, status
from waiting import until
from websockets.sync.client import ClientConnection

PATIENT = "Garcia^Lopez"
FOR_DEVELOPERS = ("clear_cache", "load_git_info", "set_run_on_save")
OF_A_SESSION = ("install_skills", "dismiss_skills_nudge")


def answers(page: ClientConnection, last: str = "script_finished") -> list[ForwardMsg]:
    """Messages until one of a kind, by default that a run of the page is over."""
    found: list[ForwardMsg] = []
    while not found or found[-1].WhichOneof("type") != last:
        found.append(ForwardMsg.FromString(cast(bytes, page.recv(timeout=60))))
    return found


def run(page: ClientConnection, name: str, message: BackMsg | None = None) -> list[ForwardMsg]:
    message = message or BackMsg()
    message.rerun_script.page_name = name
    page.send(message.SerializeToString())
    return answers(page)


def test_commands_for_developers_reach_neither_the_caches_nor_the_files_of_the_server(tmp_path: Path) -> None:
    with forked_app(tmp_path) as app:
        until(lambda: status(app, "/readyz") == 200, "the model")
        page = opened(app, first_cookie(app))
        session = session_of(page)
        answers(page)

        for kind in FOR_DEVELOPERS:
            page.send(BackMsg(**{kind: True}).SerializeToString())
        for number, kind in enumerate(OF_A_SESSION):
            message = BackMsg()
            message.backend_operation_request.request_id = str(number)
            message.backend_operation_request.session_id = session
            getattr(message.backend_operation_request, kind).SetInParent()
            page.send(message.SerializeToString())
        # Messages of a session are answered in their order.
        page.send(BackMsg(app_heartbeat=True).SerializeToString())

        answered = answers(page, "heartbeat_ack")
        assert {one.WhichOneof("type") for one in answered} <= {"session_status_changed", "heartbeat_ack"}
        assert not any(one.session_status_changed.run_on_save for one in answered)
        # An emptied cache would have to load the model again, which takes seconds.
        assert status(app, "/readyz") == 200
        assert (tmp_path / "app.log").read_text().count("A message that no page sends was dropped.") == 1


def test_a_value_that_no_page_sends_is_not_repeated_in_the_log(tmp_path: Path) -> None:
    with forked_app(tmp_path) as app:
        page = opened(app, first_cookie(app))
        answers(page)
        elements = [message.delta.new_element for message in run(page, "simulation")]
        [number, *_] = [one.number_input.id for one in elements if one.WhichOneof("type") == "number_input"]

        message = BackMsg()
        message.rerun_script.widget_states.widgets.add(id=number, string_value=PATIENT)
        shown = run(page, "simulation", message)

        words = [one.delta.new_element.exception.message for one in shown]
        assert any("This app has encountered an error" in one for one in words)
    log = (tmp_path / "app.log").read_text()
    assert "ValueError" in log and not any(part in log for part in PATIENT.split("^"))
