"""The whole way: what a publisher sends is dubbed, seen and heard in the page, and switched from it."""

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from control_room.chrome import Desk, desk
from control_room.on_air import STREAM, TOKEN, Air, on_air
from control_room.test_stream import MOMENTS, PLAYS

ON_AIR = re.compile("Dubbing|Degraded")
"""A busy machine loses a fragment now and then."""
LEVEL = "Level of the {} sound, left"


@pytest.fixture(scope="module")
def air(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Air]:
    with on_air(tmp_path_factory.mktemp("on-air")) as it:
        yield it


@pytest.fixture(scope="module")
def inside(browser: Browser, air: Air) -> Iterator[Desk]:
    """Logged in as mary, after a wrong token was refused."""
    with desk(browser, air.base) as opened:
        opened.may_complain = "401|422|409"
        page = opened.open(f"/#/stream/{STREAM}")
        page.get_by_label("Your name").fill("mary")
        page.get_by_label("Token").fill("not the token")
        page.keyboard.press("Enter")
        expect(page.get_by_text("That is not the token.")).to_be_visible()
        page.get_by_label("Token").fill(TOKEN)
        page.keyboard.press("Enter")
        expect(page.get_by_role("heading", name=STREAM, exact=True)).to_be_visible()
        yield opened


@pytest.fixture
def page(inside: Desk) -> Page:
    """The stream's."""
    inside.page.goto(f"{inside.base}/#/stream/{STREAM}")
    return inside.page


def test_both_players_play_the_transcript_grows_and_the_sound_is_swapped(inside: Desk, page: Page) -> None:
    page.wait_for_function(PLAYS)
    before = page.evaluate(MOMENTS)
    fragments = page.locator("li.fragment").count()
    page.get_by_role("button", name="Listen to the dubbed sound").click()
    for side in ("dubbed", "original"):
        level = page.get_by_role("meter", name=LEVEL.format(side)).element_handle()
        page.wait_for_function("(one) => Number(one.getAttribute('aria-valuenow')) > -40", arg=level)
    page.get_by_role("button", name="Swap sound").click()
    original = page.get_by_role("button", name="Listen to the original sound")
    expect(original).to_have_attribute("aria-pressed", "true")
    page.wait_for_function(f"(before) => ({MOMENTS})().every((now, i) => now > before[i] + 2)", arg=before)
    expect(page.locator(".offset")).to_have_text("in step")
    expect(page.locator(".state-badge")).to_contain_text(ON_AIR)
    page.wait_for_function(
        "(before) => document.querySelectorAll('li.fragment').length > before + 1", arg=fragments
    )
    expect(page.locator("li.fragment.is-dubbed").last).to_contain_text("[ECHO]")
    expect(page.get_by_text("This is the echo service")).to_be_visible()
    inside.check_accessible()
    inside.shot("on-air")


def test_the_original_sound_button_changes_what_is_heard_in_the_output(
    inside: Desk, page: Page, air: Air
) -> None:
    original, dub = page.locator(".big-original"), page.locator(".big-dub")
    expect(dub).to_have_attribute("aria-pressed", "true")
    air.until_heard("dub")
    assert air.heard("input") == "original"
    original.click()
    expect(original).to_have_attribute("aria-pressed", "true")
    expect(original).to_contain_text("Original sound is on air")
    expect(page.locator(".state-badge")).to_contain_text("Original")
    air.until_heard("original")
    inside.shot("on-air-original")
    dub.click()
    expect(dub).to_have_attribute("aria-pressed", "true")
    air.until_heard("dub")
    log = page.get_by_role("region", name="Log of actions").locator("tbody tr")
    expect(log.nth(1)).to_contain_text("mary")
    expect(log.nth(1)).to_contain_text("switched to ORIGINAL SOUND")
    expect(page.locator("li.change", has_text="by mary")).to_have_count(2)


def test_a_stream_is_added_edited_stopped_and_deleted(inside: Desk, page: Page) -> None:
    page.goto(f"{inside.base}/#/")
    expect(page.locator("tr.row", has_text=STREAM)).to_contain_text(ON_AIR)
    page.get_by_role("button", name="Add stream").click()
    dialog = page.get_by_role("dialog")

    def refused(label: str, value: str, told: str) -> None:
        dialog.get_by_label(label).fill(value)
        dialog.get_by_role("button", name="Add stream").click()
        expect(dialog.get_by_label(label)).to_have_attribute("aria-invalid", "true")
        expect(dialog.locator(".is-wrong")).to_contain_text(told)

    refused("Stream id", "no good", "Only letters, digits, _ and -")
    refused("Stream id", STREAM, "already")
    dialog.get_by_label("Stream id").fill("talk")
    refused("Dub into", "Klingonese!", "A language tag is meant")
    dialog.get_by_label("Dub into").fill("fr")
    refused("Fetch from", "gopher://example.org/x", "is no input")
    dialog.get_by_label("Fetch from").fill("")
    dialog.get_by_role("button", name="Add stream").click()
    row = page.locator("tr.row", has_text="talk")
    expect(row).to_contain_text("en → fr")
    page.get_by_role("button", name="Edit talk").click()
    dialog.get_by_label("Dub into").fill("de")
    dialog.get_by_role("button", name="Save").click()
    expect(row).to_contain_text("en → de")
    page.get_by_role("button", name="Stop talk").click()
    dialog.get_by_role("button", name="Stop").click()
    expect(row).to_contain_text("Ended")
    inside.shot("on-air-list")
    page.get_by_role("button", name="Delete talk").click()
    dialog.get_by_role("button", name="Delete").click()
    expect(row).to_have_count(0)


def test_the_documentation_of_the_api_is_shown_without_the_network(inside: Desk) -> None:
    page = inside.page
    page.goto(f"{inside.base}/docs")
    expect(page.get_by_text("/v1/streams", exact=True).first).to_be_visible()
