"""Keys of one character can be switched off, as WCAG 2.1.4 asks, and stay off."""

from pathlib import Path

from playwright.sync_api import Browser, Page, expect
from ui.app_server import running_app
from ui.browser import CASE_ROWS, wait_until_drawn
from ui.shown_cases import shown, worklist_in


def search_is_focused(page: Page) -> bool:
    return bool(page.evaluate("Boolean(document.activeElement?.closest('.st-key-search'))"))


def press_on_page(page: Page, key: str) -> None:
    page.evaluate("document.activeElement?.blur()")
    page.keyboard.press(key)


def test_keys_of_one_character_do_nothing_once_they_are_switched_off_and_fields_still_take_them(
    browser: Browser, tmp_path: Path
) -> None:
    shown(worklist_in(tmp_path), 0)
    with running_app(tmp_path) as url:
        page = browser.new_page(viewport={"width": 1440, "height": 900})
        page.goto(f"{url}/worklist")
        page.locator(CASE_ROWS).first.wait_for()
        wait_until_drawn(page)
        press_on_page(page, "/")
        assert search_is_focused(page)

        page.get_by_text("Single-character keys", exact=True).click()
        expect(page.locator("html")).to_have_attribute("data-letter-keys", "off")
        wait_until_drawn(page)
        press_on_page(page, "/")
        assert not search_is_focused(page)

        page.reload()
        page.locator(CASE_ROWS).first.wait_for()
        wait_until_drawn(page)
        expect(page.locator("html")).to_have_attribute("data-letter-keys", "off")
        expect(page.get_by_role("switch", name="Single-character keys")).not_to_be_checked()
        press_on_page(page, "/")
        assert not search_is_focused(page)
        page.locator(".st-key-search input").fill("x/")
        page.keyboard.press("n")
        expect(page.locator(".st-key-search input")).to_have_value("x/n")
        page.close()
