"""The list of streams: readable, sorted, quick, and everything can be done from it."""

import re

import pytest
from media_service.worker.status import State
from playwright.sync_api import Browser, Page, expect

from control_room.chrome import Desk
from control_room.stand_in import StandIn
from control_room.views import in_state, many, shown, waiting

SCROLL = """async (scrolls) => {
  const box = document.querySelector(".table-box");
  const frames = [];
  const end = performance.now() + 1000;
  let last = performance.now();
  while (last < end) {
    const now = await new Promise(requestAnimationFrame);
    frames.push(now - last);
    last = now;
    if (scrolls) box.scrollTop = (box.scrollTop + 40) % (box.scrollHeight - box.clientHeight);
  }
  return frames.slice(1);
}"""
"""Milliseconds of each frame."""


class Busy:
    """How long the page's main thread has been at work, of a second that it scrolls."""

    def __init__(self, page: Page) -> None:
        self._session = page.context.new_cdp_session(page)
        self._session.send("Performance.enable", {"timeDomain": "threadTicks"})
        self._began_s = 0.0

    def begin(self) -> None:
        self._began_s = self._now_s()

    def end_s(self) -> float:
        return self._now_s() - self._began_s

    def _now_s(self) -> float:
        told = self._session.send("Performance.getMetrics")["metrics"]
        return float(next(one["value"] for one in told if one["name"] == "TaskDuration"))


def test_the_worst_stands_first_and_any_column_sorts(room: Desk, stand_in: StandIn) -> None:
    states: tuple[State, ...] = ("ended", "dubbing", "waiting", "degraded", "original")
    stand_in.show(*(in_state(f"s{number}-{state}", state, number) for number, state in enumerate(states)))
    page = room.open()
    names = page.locator("tr.row th")
    expect(names).to_have_text(["s3-degraded", "s4-original", "s1-dubbing", "s2-waiting", "s0-ended"])
    page.get_by_role("button", name="Stream", exact=True).click()
    expect(names.first).to_have_text("s0-ended")
    page.get_by_role("button", name="Stream", exact=True).click()
    expect(names.first).to_have_text("s4-original")
    expect(page.locator("th[aria-sort=descending]")).to_have_text("Stream")


def test_a_row_tells_state_delay_share_breaker_and_alarms(room: Desk, stand_in: StandIn) -> None:
    stand_in.show(in_state("news", "degraded", 1), in_state("talk", "degraded", 2))
    page = room.open()
    late, broken = page.locator("tr.row", has_text="news"), page.locator("tr.row", has_text="talk")
    expect(late).to_contain_text("dubs come late")
    expect(late.get_by_title("42% of the dubs come too late; av_offset_ms 5200 would do")).to_be_visible()
    for told in ("Degraded", "en → de", "8.0 s", "11 %", "open", "speech service lost", "breaker open"):
        expect(broken).to_contain_text(told)


def test_the_filter_and_the_counts_show_only_what_is_meant(room: Desk, stand_in: StandIn) -> None:
    stand_in.show(*many(60))
    page = room.open()
    rows = page.locator("tr.row")
    expect(rows).to_have_count(60)
    page.get_by_label("Filter streams").fill("pt-br waiting")
    matching = [one for one in many(60) if one["state"] == "waiting" and one["target_language"] == "pt-BR"]
    expect(rows).to_have_count(len(matching))
    page.get_by_label("Filter streams").fill("no such stream")
    expect(page.get_by_text("No stream is like that.")).to_be_visible()
    page.get_by_label("Filter streams").fill("")
    page.get_by_role("button", name=re.compile("Original")).click()
    expect(rows).to_have_count(sum(one["state"] == "original" for one in many(60)))


def test_two_hundred_streams_scroll_smoothly_while_they_change(room: Desk, stand_in: StandIn) -> None:
    stand_in.show(*many(200))
    page = room.open()
    expect(page.locator("tr.row")).to_have_count(200)
    room.shot("list-200")
    busy = Busy(page)
    measured = []
    for attempt in range(4):
        idle = page.evaluate(SCROLL, False)
        for number in range(40):
            stand_in.show(in_state(f"channel-{40 * attempt + number + 1}", "dubbing", number))
        busy.begin()
        scrolled = page.evaluate(SCROLL, True)
        busy_s = busy.end_s()
        # Nearly as many frames as of a page that stands still, half at the screen's own pace, and none
        # that one would take for a stop.
        many_frames = len(scrolled) > 0.6 * len(idle) and sorted(scrolled)[len(scrolled) // 2] < 40
        if many_frames and max(scrolled) < 350:
            return
        # Where others have the processor, no page draws in time: then it counts how long it was at work.
        if busy_s < 0.3:
            return
        measured.append((len(idle), len(scrolled), max(scrolled), busy_s))
    raise AssertionError(f"frames while still, while scrolling, the longest, seconds at work: {measured}")


def test_a_change_is_shown_at_once_and_a_deleted_stream_goes(room: Desk, stand_in: StandIn) -> None:
    stand_in.show(shown("news"), shown("talk"))
    page = room.open()
    expect(page.locator("tr.row")).to_have_count(2)
    stand_in.show(in_state("news", "original", 1))
    expect(page.locator("tr.row.is-original")).to_contain_text("news", timeout=2500)
    del stand_in.views["talk"]
    stand_in.changes.append(("deleted", {"stream_id": "talk"}))
    expect(page.locator("tr.row")).to_have_count(1, timeout=2500)


def test_a_stream_is_added_edited_stopped_started_restarted_and_deleted(
    room: Desk, stand_in: StandIn
) -> None:
    room.may_complain = "422|409"
    stand_in.show(shown("news"))
    page = room.open()
    page.get_by_role("button", name="Add stream").click()
    dialog = page.get_by_role("dialog")
    room.check_accessible()
    dialog.get_by_label("Stream id").fill("not good")
    dialog.get_by_role("button", name="Add stream").click()
    expect(dialog.get_by_label("Stream id")).to_have_attribute("aria-invalid", "true")
    expect(dialog.get_by_label("Stream id")).to_be_focused()
    expect(dialog.get_by_text("Only letters, digits, _ and -", exact=False)).to_be_visible()
    dialog.get_by_label("Stream id").fill("news")
    dialog.get_by_role("button", name="Add stream").click()
    expect(dialog.get_by_text("there is a stream of this id already")).to_be_visible()
    dialog.get_by_label("Stream id").fill("talk")
    dialog.get_by_label("Fetch from").fill("gopher://old")
    dialog.get_by_role("button", name="Add stream").click()
    expect(dialog.get_by_text("rtsp, rtmp, srt or http is fetched")).to_be_visible()
    room.check_accessible()
    room.shot("form-fault")
    dialog.get_by_label("Fetch from").fill("")
    dialog.get_by_label("Dub into").fill("fr")
    dialog.get_by_role("button", name="Add stream").click()
    expect(page.locator("tr.row", has_text="talk")).to_contain_text("en → fr")
    assert stand_in.asked[-1] == ("POST", "streams", {"stream_id": "talk", "target_language": "fr"})

    page.get_by_role("button", name="Edit talk").click()
    room.check_accessible()
    dialog.get_by_label("Dub into").fill("de")
    dialog.get_by_label("Destinations").select_option("these")
    dialog.get_by_label("Send on to").fill("rtmp://a.example.org/live/x\nrtmp://b.example.org/live/y")
    room.shot("form-edit")
    dialog.get_by_role("button", name="Save").click()
    expect(page.locator("tr.row", has_text="talk")).to_contain_text("en → de")
    urls = ["rtmp://a.example.org/live/x", "rtmp://b.example.org/live/y"]
    assert stand_in.asked[-1] == ("PATCH", "talk", {"target_language": "de", "forward_urls": urls})

    def act(name: str, accept: str) -> None:
        page.get_by_role("button", name=name, exact=True).click()
        page.get_by_role("dialog").get_by_role("button", name=accept).click()

    act("Restart worker of news", "Restart worker")
    expect(page.get_by_text("The worker of news is restarted")).to_be_visible()
    act("Stop news", "Stop")
    expect(page.locator("tr.row", has_text="news")).to_contain_text("Ended")
    page.get_by_role("button", name="Start news").click()
    expect(page.locator("tr.row", has_text="news")).to_contain_text("Waiting")
    act("Delete news", "Delete")
    expect(page.locator("tr.row", has_text="news")).to_have_count(0)
    assert [path for _, path, _ in stand_in.asked[-3:]] == ["news/restart", "news/stop", "news/start"]
    log = page.get_by_role("region", name="Log of actions")
    expect(log.locator("tbody tr").first).to_contain_text("deleted")
    expect(log.locator("tbody tr").first).to_contain_text("mary")


def test_an_edit_that_changes_nothing_asks_for_nothing(room: Desk, stand_in: StandIn) -> None:
    stand_in.show(shown("news", pulls=True, input_url="rtmp://tv.example.org/live/***"))
    page = room.open()
    page.get_by_role("button", name="Edit news").click()
    expect(page.get_by_text("Leave it empty to keep it as it is.")).to_be_visible()
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_role("dialog")).to_have_count(0)
    assert stand_in.asked == []


def test_the_engines_are_named_with_what_would_be_better(room: Desk, stand_in: StandIn) -> None:
    stand_in.show(waiting("news"))
    page = room.open()
    speech = page.get_by_role("region", name="Speech engines")
    for told in ("ready", "pocketsphinx", "apertium", "espeak", "embedded, download-free"):
        expect(speech).to_contain_text(told)
    expect(speech).to_contain_text("For broadcast quality:")


def test_the_keyboard_reaches_a_stream(room: Desk, stand_in: StandIn) -> None:
    stand_in.show(shown("news"))
    page = room.open()
    expect(page.locator("tr.row")).to_have_count(1)
    page.locator("tr.row a").focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="news")).to_be_visible()
    expect(page.locator("main")).to_be_focused()


@pytest.mark.parametrize("width", [1366, 480])
def test_the_list_has_no_fault_of_accessibility(width: int, room: Desk, stand_in: StandIn) -> None:
    stand_in.show(*many(30))
    room.page.set_viewport_size({"width": width, "height": 800})
    page = room.open()
    expect(page.locator("tr.row")).to_have_count(30)
    room.check_accessible()
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), (
        "the page is wider than its window"
    )
    room.shot(f"list-{width}")


def test_no_page_may_leave_the_machine(browser: Browser) -> None:
    """That a request elsewhere would be noticed."""
    context = browser.new_context()
    opened = Desk(context.new_page(), "")
    opened.page.route("**/*", lambda route: route.abort())
    opened.page.set_content("<img src='http://example.org/x.png'>")
    context.close()
    with pytest.raises(AssertionError, match="example"):
        opened.check_clean()
