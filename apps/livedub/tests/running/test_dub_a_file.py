"""A talk into a dubbed file, by the embedded engines: what is in it, and what is said of it."""

import json
import os
import re
import resource
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from media_service.testmedia.copied import compare, digests
from media_service.testmedia.media import Media, read
from talks import talk

from running.command import Running

SHORT_S, LONG_TALK_S = 12, 60
FRAME_MS = 1000 / 30


@dataclass(frozen=True)
class Dubbed:
    source: Media
    output: Media
    report: dict[str, Any]
    folder: Path
    told: str


def dubbed(folder: Path, duration_s: int) -> Dubbed:
    source = talk(folder / "talk.mp4", duration_s)
    papers = ("--captions", "talk-es.vtt", "--transcript", "talk.json")
    with Running(folder, "dub", source, "talk-es.mp4", "--to", "es", "--json", *papers) as command:
        assert command.ended() == 0
        command.wait_until_nothing_is_left()
        assert len(command.children) >= 3
    return Dubbed(
        read(source),
        read(folder / "talk-es.mp4"),
        command.report(),
        folder,
        command.err.read_text(),
    )


@pytest.fixture(scope="module")
def short(tmp_path_factory: pytest.TempPathFactory) -> Dubbed:
    return dubbed(tmp_path_factory.mktemp("short"), SHORT_S)


def length_ms(media: Media, frame_ms: float) -> float:
    """From the first picture to the end of the last."""
    times = [packet.pts_ns for packet in media.of("video")]
    return (max(times) - min(times)) / 1e6 + frame_ms


def check(talked: Dubbed, duration_s: int) -> None:
    copied = compare(digests(talked.source), digests(talked.output))
    assert copied.whole
    assert copied.matched == len(talked.source.of("video")) == duration_s * 30
    assert abs(length_ms(talked.output, FRAME_MS) - duration_s * 1000) < FRAME_MS
    sound = talked.output.sound
    assert sound is not None
    assert abs(len(sound.samples) / sound.rate_hz - duration_s) < 0.2
    report = talked.report
    assert report["fragments"].get("original", 0) == 0
    assert report["fragments"]["dubbed"] >= duration_s // 6
    assert report["missed_events"] == 0
    assert set(report["engines"].values()) == {"pocketsphinx", "apertium", "espeak"}
    assert report["media_s"] == pytest.approx(duration_s, abs=0.1)
    assert report["speed"] == pytest.approx(report["media_s"] / report["took_s"], abs=0.01)


def test_every_picture_is_the_sources_the_length_is_kept_and_it_says_what_it_did(short: Dubbed) -> None:
    check(short, SHORT_S)
    assert "speech service ready: asr pocketsphinx" in short.told


def test_what_is_heard_is_the_dub(short: Dubbed) -> None:
    source, output = short.source.sound, short.output.sound
    assert source is not None
    assert output is not None
    heard, said = output.mono, source.mono
    length = min(len(heard), len(said))
    # The original underneath is 18 dB lower; of a copy hardly anything would be left.
    left = heard[:length] - said[:length]
    assert (left**2).mean() > 0.2 * (said[:length] ** 2).mean()


def test_the_captions_hold_the_transcripts_translations_in_their_time(short: Dubbed) -> None:
    told = json.loads((short.folder / "talk.json").read_text())
    fragments = told["fragments"]
    assert [fragment["number"] for fragment in fragments] == list(range(len(fragments)))
    assert len(fragments) == sum(short.report["fragments"].values())
    ends = [(fragment["start_ms"], fragment["end_ms"]) for fragment in fragments]
    assert all(earlier[1] == later[0] for earlier, later in pairwise(ends))
    assert ends[-1][1] == pytest.approx(SHORT_S * 1000, abs=200)
    assert "news" in " ".join(fragment["transcript"] for fragment in fragments).lower()
    page = (short.folder / "talk-es.vtt").read_text()
    assert page.startswith("WEBVTT\n\n")
    cues = re.findall(r"^(\S+) --> (\S+)\n((?:.+\n)+)", page, re.MULTILINE)
    assert "".join(text for _, _, text in cues).split() == [
        word for fragment in fragments for word in fragment["translation"].split()
    ]
    assert all(begin <= end for begin, end, _ in cues)


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_a_minutes_talk_is_dubbed_faster_than_it_plays(tmp_path: Path) -> None:
    busy = os.getloadavg()[0] > (os.cpu_count() or 1) / 2
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    talked = dubbed(tmp_path, LONG_TALK_S)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    check(talked, LONG_TALK_S)
    # With the generator's and the start's: on one core alone it would be faster than it plays.
    assert after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime < LONG_TALK_S
    assert busy or talked.report["speed"] > 1
