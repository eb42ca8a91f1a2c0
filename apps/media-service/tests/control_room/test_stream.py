"""One stream's page: both previews, what was said, and the operator's buttons."""

import time

import pytest
from playwright.sync_api import Page, expect

from control_room.chrome import Desk
from control_room.stand_in import StandIn
from control_room.views import in_state, shown, told_by_worker, waiting

MOST_ROWS = 300
MOMENTS = """() => [...document.querySelectorAll("video")].map((video) => video.currentTime)"""
PLAYS = """() => [...document.querySelectorAll("video")].every(
  (one) => one.readyState > 2 && one.currentTime > 0 && !one.error)"""


def slot(number: int, **changes: object) -> dict[str, object]:
    told = {"batch_number": number, "start_ns": number * 10**9, "duration_ns": 10**9, "outcome": "dubbed"}
    said = {"transcript": f"sentence {number}", "translation": f"frase {number}"}
    took = {
        "margin_ms": 900.0,
        "rtt_ms": 2100.0,
        "stage_ms": {"asr_ms": 900, "translation_ms": 90, "tts_ms": 700},
    }
    return {**told, **said, **took, **changes}


def open_stream(room: Desk, name: str = "news") -> Page:
    page = room.open(f"/#/stream/{name}")
    expect(page.get_by_role("heading", name=name, exact=True)).to_be_visible()
    return page


def test_both_previews_play_the_same_moment_and_the_sound_is_swapped(room: Desk, playing: StandIn) -> None:
    page = open_stream(room)
    page.wait_for_function(PLAYS)
    before = page.evaluate(MOMENTS)
    expect(page.locator(".offset")).to_have_text("in step")
    original = page.get_by_role("button", name="Listen to the original sound")
    dubbed = page.get_by_role("button", name="Listen to the dubbed sound")
    dubbed.click()
    expect(dubbed).to_have_attribute("aria-pressed", "true")
    level = page.get_by_role("meter", name="Level of the dubbed sound, left")
    page.wait_for_function(
        "(one) => Number(one.getAttribute('aria-valuenow')) > -40", arg=level.element_handle()
    )
    page.get_by_role("button", name="Swap sound").click()
    expect(original).to_have_attribute("aria-pressed", "true")
    expect(dubbed).to_have_attribute("aria-pressed", "false")
    page.keyboard.press("s")
    expect(dubbed).to_have_attribute("aria-pressed", "true")
    page.wait_for_function(f"(before) => ({MOMENTS})().every((now, i) => now > before[i] + 2)", arg=before)
    expect(page.locator(".offset")).to_have_text("in step")
    room.check_accessible()
    room.shot("stream")


def test_a_preview_that_is_not_there_says_so_and_comes_by_itself(room: Desk, playing: StandIn) -> None:
    room.may_complain = "/preview/"
    began_s = playing.window.began_s
    playing.window = type(playing.window)(time.time() + 3600, 8.0)
    page = open_stream(room)
    expect(page.get_by_text("No preview yet")).to_have_count(2)
    playing.window = type(playing.window)(began_s, 8.0)
    page.wait_for_function(PLAYS)


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        (
            {"preview": {"state": "failed", "reason": "the disk is full"}},
            "Previews have failed: the disk is full",
        ),
        ({"preview": {"state": "off"}}, "Previews are switched off"),
        ({"preview": {"state": "on"}, "input": {"state": "up", "video_codec": "h265"}}, "cannot play H265"),
    ],
)
def test_it_is_said_why_there_is_no_preview(
    changes: dict[str, object], told: str, room: Desk, stand_in: StandIn
) -> None:
    stand_in.show(shown("news", worker=told_by_worker("news", **changes)))
    page = open_stream(room)
    expect(page.get_by_text(told)).to_have_count(2)


def test_the_transcript_grows_tells_what_became_of_each_and_stays_bounded(
    room: Desk, stand_in: StandIn
) -> None:
    stand_in.show(shown("news"))
    for number in range(20):
        stand_in.tell("news", "slot", **slot(number))
    page = open_stream(room)
    rows = page.locator("li.fragment")
    expect(rows).to_have_count(20)
    stand_in.tell("news", "slot", **slot(20, outcome="fallback", reason="deadline", transcript=None))
    stand_in.tell("news", "slot", **slot(21, outcome="fallback", reason="MODEL_ERROR", transcript=None))
    stand_in.tell("news", "change", what="mode", to="original", who="mary")
    expect(rows).to_have_count(22)
    expect(rows.nth(20)).to_contain_text("late")
    expect(rows.nth(20)).to_contain_text("no answer when it was due")
    expect(rows.nth(21)).to_contain_text("failed")
    expect(rows.nth(21)).to_contain_text("an engine failed")
    expect(page.locator("li.change")).to_contain_text("Sound: ORIGINAL SOUND by mary")
    charts = page.get_by_role("img")
    expect(charts.nth(0)).to_have_attribute(
        "aria-label", "Stage times, last ten minutes: 22 values, the newest 2.1 s in all"
    )
    for number in range(22, 22 + MOST_ROWS):
        stand_in.tell("news", "slot", **slot(number))
    expect(page.get_by_text(f"sentence {21 + MOST_ROWS}", exact=True)).to_be_visible()
    expect(page.locator("ol.fragments > li")).to_have_count(MOST_ROWS)


def test_a_reader_of_what_was_said_is_not_torn_away(room: Desk, stand_in: StandIn) -> None:
    stand_in.show(shown("news"))
    for number in range(60):
        stand_in.tell("news", "slot", **slot(number))
    page = open_stream(room)
    expect(page.get_by_text("sentence 59", exact=True)).to_be_in_viewport()
    page.locator(".transcript .scroll").evaluate("(box) => { box.scrollTop = 0; }")
    expect(page.get_by_text("sentence 0", exact=True)).to_be_in_viewport()
    page.wait_for_timeout(100)
    stand_in.tell("news", "slot", **slot(60))
    page.get_by_role("button", name="1 new").click()
    expect(page.get_by_text("sentence 60", exact=True)).to_be_in_viewport()


def test_what_a_stream_says_never_becomes_markup(room: Desk, stand_in: StandIn) -> None:
    evil = "<img src=x onerror=document.title='taken'><b>bold</b>"
    stand_in.show(shown("news", voice=evil, reason=evil, input_url=evil))
    stand_in.tell("news", "slot", **slot(1, transcript=evil, translation=evil))
    stand_in.tell("news", "slot", **slot(2, outcome="fallback", reason=evil))
    stand_in.tell("news", "change", what="input", to="lost", reason=evil)
    stand_in.actions.append({"at_unix_ms": 0, "who": evil, "what": evil, "stream_id": "news", "detail": evil})
    page = open_stream(room)
    expect(page.locator("li.fragment .said").first).to_have_text(evil)
    expect(page.get_by_role("region", name="Log of actions")).to_contain_text(evil)
    assert page.locator("main img, main b").count() == 0


def test_the_operators_buttons_show_what_is_so_and_the_log_who_did_it(room: Desk, stand_in: StandIn) -> None:
    stand_in.show(shown("news"))
    page = open_stream(room)
    original, dub, mute = (page.locator(f".big-{mode}") for mode in ("original", "dub", "mute"))
    expect(dub).to_have_attribute("aria-pressed", "true")
    original.click()
    expect(original).to_have_attribute("aria-pressed", "true")
    expect(original).to_contain_text("Original sound is on air")
    expect(page.locator(".state-badge")).to_contain_text("Original")
    room.check_accessible()
    room.shot("original-sound")
    mute.click()
    expect(mute).to_have_attribute("aria-pressed", "true")
    expect(page.locator(".alarm-line")).to_contain_text("dub muted")
    dub.click()
    expect(dub).to_have_attribute("aria-pressed", "true")
    asked = [said["mode"] for _, path, said in stand_in.asked if path == "news/mode"]
    assert asked == ["original", "mute", "dub"]
    log = page.get_by_role("region", name="Log of actions")
    expect(log.locator("tbody tr")).to_have_count(3)
    expect(log).to_contain_text("switched to ORIGINAL SOUND")


def test_a_switch_that_the_worker_has_not_made_yet_is_not_called_done(room: Desk, stand_in: StandIn) -> None:
    stand_in.show(shown("news", mode="original", worker=told_by_worker("news", mode="dub")))
    page = open_stream(room)
    expect(page.locator(".big-original")).to_contain_text("being switched…")


def test_a_lost_orchestrator_is_said_and_noticed_when_it_is_back(room: Desk, stand_in: StandIn) -> None:
    room.may_complain = "ERR_FAILED"
    stand_in.show(shown("news"))
    page = open_stream(room)
    expect(page.locator(".state-badge")).to_contain_text("Dubbing")
    page.route("**/v1/**", lambda route: route.abort())
    banner = page.get_by_text("No connection to the orchestrator")
    expect(banner).to_be_visible()
    room.check_accessible()
    room.shot("connection-lost")
    stand_in.show(in_state("news", "degraded", 2))
    page.unroute("**/v1/**")
    expect(banner).to_have_count(0)
    expect(page.locator(".state-badge")).to_contain_text("Degraded")
    room.shot("degraded")


def test_a_stream_that_waits_and_one_that_is_unknown_are_shown_so(room: Desk, stand_in: StandIn) -> None:
    room.may_complain = "404"
    stand_in.show(waiting("news"))
    page = open_stream(room)
    expect(page.locator(".player-message")).to_have_text(["Waits for its source"] * 2)
    room.check_accessible()
    room.shot("waiting")
    page.goto(f"{room.base}/#/stream/nobody")
    expect(page.get_by_text("There is no stream called nobody now.")).to_be_visible()
    stand_in.show(shown("nobody"))
    expect(page.locator(".state-badge")).to_contain_text("Dubbing")
    expect(page.locator(".big-original")).to_be_visible()
    del stand_in.views["nobody"]
    expect(page.get_by_text("There is no stream called nobody now.")).to_be_visible(timeout=10_000)


@pytest.mark.parametrize("width", [480, 1920])
def test_a_stream_fits_a_narrow_and_a_wide_window(width: int, room: Desk, stand_in: StandIn) -> None:
    stand_in.show(shown("news"))
    for number in range(20):
        stand_in.tell("news", "slot", **slot(number))
    room.page.set_viewport_size({"width": width, "height": 1080})
    page = open_stream(room)
    expect(page.locator("li.fragment")).to_have_count(20)
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), (
        "the page is wider than its window"
    )
    room.check_accessible()
    room.shot(f"stream-{width}")
