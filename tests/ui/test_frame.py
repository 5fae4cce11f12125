from streamlit.proto.BackMsg_pb2 import BackMsg

from cxr.ui.frame import _Browser


def test_a_click_is_activity_and_the_page_s_own_refreshing_is_not() -> None:
    click, timer = BackMsg(), BackMsg()
    click.rerun_script.SetInParent()
    timer.rerun_script.is_auto_rerun = True
    messages = (click.SerializeToString(), timer.SerializeToString(), b"\xff")

    assert [_Browser().acted(one) for one in messages] == [True, False, False]
