from streamlit.proto.BackMsg_pb2 import BackMsg

from cxr.ui.frame import MOST_PARTS, _Browser


def test_a_click_is_activity_and_the_page_s_own_refreshing_is_not() -> None:
    click, timer = BackMsg(), BackMsg()
    click.rerun_script.SetInParent()
    timer.rerun_script.is_auto_rerun = True
    messages = (click.SerializeToString(), timer.SerializeToString(), b"\xff")

    assert [_Browser().acted(one) for one in messages] == [True, False, False]


def test_of_the_messages_that_streamlit_knows_a_page_sends_these_alone() -> None:
    kinds = [field.name for field in BackMsg.DESCRIPTOR.fields]
    messages = {kind: BackMsg() for kind in kinds}
    for kind, message in messages.items():
        if BackMsg.DESCRIPTOR.fields_by_name[kind].message_type:
            getattr(message, kind).SetInParent()
        else:
            setattr(message, kind, True)
    download = BackMsg()
    download.backend_operation_request.deferred_file.file_id = "overlay"

    known = [kind for kind, message in messages.items() if _Browser().known(message.SerializeToString())]
    assert known == ["stop_script", "rerun_script", "file_urls_request", "app_heartbeat"]
    assert _Browser().known(download.SerializeToString())


def test_a_message_of_many_small_parts_which_would_fill_the_memory_is_none_of_a_page() -> None:
    widgets, uploads, names = BackMsg(), BackMsg(), BackMsg()
    chosen = uploads.rerun_script.widget_states.widgets.add(id="files").file_uploader_state_value
    for _ in range(MOST_PARTS // 7):
        chosen.uploaded_file_info.add(file_id="x" * 36, name="film.dcm").file_urls.upload_url = "/upload"
    of_a_page = uploads.SerializeToString()
    for _ in range(MOST_PARTS + 1):
        widgets.rerun_script.widget_states.widgets.add()
        chosen.uploaded_file_info.add()
        names.file_urls_request.file_names.append("")

    assert _Browser().known(of_a_page)
    assert not any(_Browser().known(one.SerializeToString()) for one in (widgets, uploads, names))
