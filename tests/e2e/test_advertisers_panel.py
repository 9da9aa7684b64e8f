"""«Кабинет» in a browser: an advertiser is found, marked and changed, and the list becomes a file with its progress."""

from tests.e2e.visitor import Visitor


def test_the_list_is_filtered_marked_changed_and_exported(visitor: Visitor) -> None:
    expect = visitor.browser.expect
    visitor.signs_in("partner")
    visitor.sees_heading("Кабинет")
    visitor.opens("/admin/advertisers?q=demo&field=login")
    page = visitor.page
    page.locator("th [data-mark-all]").check()
    expect(page.locator("#marked [data-marked-count]").get("first")).to_have_text("1")
    page.locator("[data-bs-target='#mark-unblock']").click()
    page.locator("#mark-unblock button[type=submit]").click()
    visitor.sees("уже было так")
    page.locator(".list-tools form:not(.marked-bar) button").click()
    expect(page.locator("#export a[download]")).to_be_visible()
    visitor.sees("Файл готов")
