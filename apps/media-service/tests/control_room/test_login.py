"""Who has the token gets in, and nobody else sees anything."""

from playwright.sync_api import expect

from control_room.chrome import Desk
from control_room.stand_in import TOKEN, StandIn
from control_room.views import shown


def test_a_wrong_token_is_refused_and_the_right_one_opens_the_room(room: Desk, stand_in: StandIn) -> None:
    room.may_complain = "401"
    stand_in.token = TOKEN
    stand_in.show(shown("news"))
    page = room.open()
    page.get_by_label("Your name").fill("mary")
    page.get_by_label("Token").fill("guessed")
    page.get_by_role("button", name="Log in").click()
    expect(page.get_by_text("That is not the token.")).to_be_visible()
    expect(page.get_by_label("Token")).to_be_focused()
    assert page.locator("tr.row").count() == 0
    room.check_accessible()
    room.shot("login-refused")
    page.get_by_label("Token").fill(TOKEN)
    page.keyboard.press("Enter")
    expect(page.locator("tr.row")).to_contain_text("news")
    assert TOKEN not in page.content()
    assert TOKEN not in page.evaluate(
        "JSON.stringify([{...localStorage}, {...sessionStorage}, document.cookie])"
    )
    page.get_by_role("button", name="Log out").click()
    expect(page.get_by_label("Token")).to_be_visible()


def test_a_session_that_has_ended_leads_to_the_login(room: Desk, stand_in: StandIn) -> None:
    room.may_complain = "401"
    stand_in.token = TOKEN
    page = room.open("/#/stream/news")
    stand_in.show(shown("news"))
    page.get_by_label("Token").fill(TOKEN)
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="news")).to_be_visible()
    page.context.clear_cookies()
    expect(page.get_by_label("Token")).to_be_visible()


def test_a_name_stands_beside_what_is_done_where_nobody_has_to_log_in(room: Desk, stand_in: StandIn) -> None:
    stand_in.show(shown("news"))
    page = room.open("/#/stream/news")
    page.get_by_role("button", name="Who are you?").click()
    page.get_by_label("Your name").fill("Zoë")
    page.get_by_role("button", name="That is me").click()
    expect(page.get_by_role("button", name="Operator: Zoë")).to_be_visible()
    with page.expect_request("**/mode") as asked:
        page.locator(".big-original").click()
    assert asked.value.headers["x-operator"] == "Zoe"
