"""What a person reads: the bar, the live line, changes, the summary, and where they go."""

import io
from collections import Counter

from livedub.dub.events import Change
from livedub.dub.lines import Report, bar, changed, live, span, summary
from livedub.dub.screen import EVERY_S, Screen
from livedub.dub.tally import Tally


def a_tally(**heard: int) -> Tally:
    named = Counter({name.replace("_", " "): count for name, count in heard.items()})
    return Tally(heard=named, reasons=Counter({"TIMEOUT": heard.get("original", 0)}), position_ms=30_000)


def test_the_bar_tells_how_far_how_fast_and_how_long_to_go() -> None:
    assert bar(a_tally(dubbed=5), 60.0, 10.0) == (
        "dubbing [############............]  50%  30 of 60 s  3.0x  00:10 to go"
    )
    assert bar(a_tally(dubbed=4, original=1), 60.0, 10.0).endswith("  in the original 1 (TIMEOUT 1)")
    assert bar(Tally(), 60.0, 1.0) == "dubbing [........................]   0%  0 of 60 s"
    assert "100%" in bar(a_tally(dubbed=1), 29.9, 10.0)


def test_the_live_line_tells_state_time_delay_and_share() -> None:
    tally = a_tally(dubbed=3, original=1)
    assert live(Tally(), 3.0, None) == "waiting  00:03"
    tally.states["state"] = Change("state", "dubbing", None)
    assert live(tally, 3700.0, 9000) == (
        "dubbing  1:01:40  delay 9.0 s  fragments 4  dubbed 75%  in the original 1 (TIMEOUT 1)"
    )
    tally.states["input"] = Change("input", "lost", "silent")
    assert live(tally, 1.0, None).startswith("input lost")


def test_a_change_is_one_line_that_no_terminal_obeys() -> None:
    assert changed("sts", "disconnected", "bad\x1b[2Jnews\n") == "speech service: disconnected (bad [2Jnews )"
    assert changed("breaker", "half_open", None) == "breaker: half open"


def a_report(media_s: float | None) -> Report:
    return Report(
        input="talk.mp4",
        output="rtmp://127.0.0.1/app/***",
        source_language="en",
        target_language="es",
        took_s=20.0,
        started_s=3.0,
        media_s=media_s,
        fragments={"dubbed": 8, "without speech": 1, "original": 1},
        reasons={"TIMEOUT": 1},
        engines={"asr": "pocketsphinx"},
        captions="out.vtt",
        transcript=None,
        missed_events=0,
    )


def test_the_summary_says_what_was_done() -> None:
    assert summary(a_report(60.0)) == [
        "dubbed talk.mp4 into rtmp://127.0.0.1/app/***: 60.0 s in 20.0 s, 3.0 times as fast as it plays",
        "en to es, 10 fragments: 8 dubbed, 1 without speech, 1 in the original (TIMEOUT 1)",
        "engines: asr pocketsphinx",
        "captions: out.vtt",
    ]
    assert summary(a_report(None))[0] == "dubbed talk.mp4 into rtmp://127.0.0.1/app/*** for 00:20"
    assert a_report(60.0).as_json()["speed"] == 3.0
    assert a_report(None).as_json()["speed"] is None


def test_spans_are_read_like_clocks() -> None:
    assert [span(seconds) for seconds in (0, 59.6, 3599, 3600, 36_061)] == [
        "00:00",
        "01:00",
        "59:59",
        "1:00:00",
        "10:01:01",
    ]


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def test_on_a_terminal_the_status_is_rewritten_and_a_line_takes_its_place() -> None:
    terminal = Terminal()
    screen = Screen(terminal, lambda: 0.0)
    screen.status("one")
    screen.status("x" * 5000)
    screen.say("done")
    assert terminal.getvalue().startswith("\r\x1b[Kone\r\x1b[Kx")
    assert terminal.getvalue().endswith("x\r\x1b[Kdone\n")
    assert len(terminal.getvalue()) < 1000


def test_elsewhere_plain_lines_come_now_and_then() -> None:
    now = 0.0
    stream = io.StringIO()
    screen = Screen(stream, lambda: now)
    screen.status("too soon")
    screen.say("said")
    now = EVERY_S - 0.1
    screen.status("too soon")
    now = EVERY_S
    screen.status("in time")
    screen.status("too soon")
    assert stream.getvalue() == "said\nin time\n"


def test_a_terminal_that_is_gone_harms_nothing() -> None:
    class Gone(Terminal):
        def write(self, _: str) -> int:
            raise OSError

    screen = Screen(Gone())
    screen.status("one")
    screen.say("two")
