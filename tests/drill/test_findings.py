"""What a recording tells, of recordings whose faults are known: made from a film, and put there by hand."""

from collections.abc import Callable
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import pytest
from live.feed import Event
from media_service.testmedia.generate import generate
from media_service.testmedia.programme import Programme
from media_service.testmedia.recorder import arrivals_file
from media_service.testmedia.schedule import schedule

from drill.findings import find
from drill.play import Played
from drill.sections import FILE_HEADER, VIDEO, tags

SECOND_NS = 1_000_000_000
STARTED_NS = 1000 * SECOND_NS
LENGTH_S = 12
FILM = Programme(LENGTH_S, width=160, height=90, fps=Fraction(25), gop_s=1.0, video_bit_rate=50_000)
ORIGINAL, DUB = "fallback", "dubbed"

Late = Callable[[float], float]


@pytest.fixture(scope="module")
def film(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return generate(tmp_path_factory.mktemp("findings") / "film.flv", FILM)


def at(seconds: float) -> int:
    return STARTED_NS + round(seconds * SECOND_NS)


def in_time(second: float) -> float:
    return 0.0


def recorded(film: Path, recording: Path, late: Late = in_time, without_pictures: range = range(0)) -> Path:
    """The film as it came from a server: the original is what is heard. `late`, by the second, in seconds."""
    content = film.read_bytes()
    kept, lines = bytearray(content[:FILE_HEADER]), []
    due = {item.packet.position: item.at_ns / SECOND_NS for item in schedule(film)}
    second = 0.0
    for tag in tags(content):
        second = next((when for place, when in due.items() if tag.start <= place < tag.end), second)
        if tag.kind == VIDEO and not tag.describes and int(second) in without_pictures:
            continue
        kept += content[tag.start : tag.end]
        lines.append(f"{at(second + late(second))} {len(kept)}\n")
    recording.write_bytes(kept)
    arrivals_file(recording).write_text("".join(lines))
    return recording


def slots(*outcomes: str) -> list[Event]:
    """Of 2 s each, on air one after the other."""
    return [
        {
            "event": "slot",
            "start_ns": 2 * number * SECOND_NS,
            "duration_ns": 2 * SECOND_NS,
            "outcome": outcome,
            "received_ns": at(2 * number),
        }
        for number, outcome in enumerate(outcomes)
    ]


def played(film: Path, recording: Path, *outcomes: str) -> Played:
    return Played(
        film,
        [recording],
        begun_ns=at(3),
        healed_ns=at(5),
        ended_ns=at(LENGTH_S),
        events=slots(*outcomes),
        exit_code=None,
        machine_late_ms=0.0,
    )


def test_where_nothing_is_wrong_nothing_is_found(film: Path, tmp_path: Path) -> None:
    found = find(played(film, recorded(film, tmp_path / "all.flv"), *[ORIGINAL] * 6))
    assert found.sound_pause_ms < 100
    assert found.lack_ms < 100
    assert found.early_originals == 0, "none was dubbed before"
    assert (found.agreement.wrong, found.agreement.blocks > 300) == (0, True)


def test_slots_of_original_sound_count_until_they_are_over(film: Path, tmp_path: Path) -> None:
    found = find(played(film, recorded(film, tmp_path / "one.flv"), DUB, DUB, ORIGINAL, DUB, DUB, DUB))
    assert (found.originals, found.slots) == (1, 4)
    assert found.recovery_s == pytest.approx(1.0)
    assert len(found.av_ms) >= 4
    assert max(map(abs, found.av_ms)) < 1.0


def test_what_is_said_to_be_a_dub_and_is_not_is_found(film: Path, tmp_path: Path) -> None:
    found = find(played(film, recorded(film, tmp_path / "not.flv"), *[ORIGINAL] * 4, DUB, DUB))
    assert found.agreement.wrong > 100


def test_a_slot_that_fell_back_too_early_is_told_apart(film: Path, tmp_path: Path) -> None:
    recording = recorded(film, tmp_path / "early.flv")
    found = find(replace(played(film, recording, DUB, ORIGINAL, *[DUB] * 4), begun_ns=at(4.5)))
    assert (found.early_originals, found.originals) == (1, 0)


def test_a_pause_of_the_output_is_as_long_as_it_was_and_ends_the_wait(film: Path, tmp_path: Path) -> None:
    held = recorded(film, tmp_path / "held.flv", lambda second: max(0.0, 5.6 - second) * (second >= 4))
    found = find(played(film, held, *[DUB] * 6))
    assert found.sound_pause_ms == pytest.approx(1600, abs=60)
    assert found.lack_ms == pytest.approx(found.sound_pause_ms, abs=60)
    assert found.recovery_s == pytest.approx(0.6, abs=0.06)


def test_a_picture_that_stays_away_is_lacking_while_the_sound_goes_on(film: Path, tmp_path: Path) -> None:
    blind = recorded(film, tmp_path / "blind.flv", without_pictures=range(6, 8))
    found = find(played(film, blind, *[DUB] * 6))
    assert found.sound_pause_ms < 100
    assert found.lack_ms == pytest.approx(2000, abs=60)
    assert found.recovery_s == pytest.approx(3.0, abs=0.06)
