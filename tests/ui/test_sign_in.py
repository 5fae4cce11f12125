"""Sign-in in a browser, from the first page to the end of the session."""

import re
from pathlib import Path

from playwright.sync_api import Browser, expect
from ui.app_server import running_app
from ui.shown_cases import now, shown, worklist_in

from cxr.worklist.accounts.role import Role

PASSWORD = "four words of mine"


def test_a_person_signs_in_works_under_that_name_and_is_out_once_the_account_is_disabled(
    tmp_path: Path, browser: Browser
) -> None:
    worklist = worklist_in(tmp_path)
    worklist.accounts.add("Ada Lovelace", Role.READER, PASSWORD, "root")
    number = shown(worklist, 1).number
    with running_app(tmp_path, CXR_SIGN_IN="local") as url:
        plain = browser.new_context(java_script_enabled=False)
        page = plain.new_page()
        page.goto(f"{url}/case?case={number}")
        page.get_by_label("Name").fill("ada lovelace")
        page.get_by_label("Password").fill("not this one")
        page.keyboard.press("Enter")
        expect(page.get_by_role("alert")).to_have_text("Name or password is wrong.")
        expect(page.get_by_label("Password")).to_be_focused()
        page.get_by_label("Password").fill(PASSWORD)
        page.get_by_role("button", name="Sign in").click()
        page.wait_for_url(f"{url}/case?case={number}")
        [cookie] = plain.cookies()
        assert (cookie["name"], cookie["httpOnly"], cookie["sameSite"]) == ("cxr_session", True, "Lax")

        context = browser.new_context()
        context.add_cookies([{"name": "cxr_session", "value": cookie["value"], "url": url}])
        page = context.new_page()
        page.goto(f"{url}/case?case={number}")
        page.get_by_role("button", name=re.compile("^Claim(?! next)")).click()
        page.get_by_role("button", name="Release").wait_for()
        assert now(worklist, number).reader == "Ada Lovelace"
        expect(page.get_by_role("link", name="Audit")).to_have_count(0)

        worklist.accounts.disable("Ada Lovelace", "root")

        expect(page.get_by_label("Password")).to_be_visible()
        assert page.url == f"{url}/sign-in"
