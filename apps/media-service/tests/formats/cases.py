"""What is played: a programme, the container that it comes in, and the one that it goes out in."""

from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any

import pytest
from media_service.testmedia.programme import Programme

SMALL: dict[str, Any] = {"width": 320, "height": 180, "video_bit_rate": 300_000, "gop_s": 1.0}
NTSC = Fraction(30_000, 1001)


@dataclass(frozen=True)
class Case:
    source: str
    """Suffix of the container."""
    output: str
    """The same; "/" for HLS."""
    changes: dict[str, Any] = field(default_factory=dict, hash=False)
    dubbed: bool = False
    silent_ms: tuple[int, ...] = ()
    """What is heard of a hole, in order."""

    @property
    def programme(self) -> Programme:
        return Programme(**{"duration_s": 4.0, **SMALL, **self.changes})

    @property
    def name(self) -> str:
        told = "-".join(f"{key}_{value}" for key, value in self.changes.items())
        kind = "dubbed" if self.dubbed else "passed"
        return f"{self.source[1:]}-{self.output.strip('./') or 'hls'}-{kind}-{told}".replace("/", "_")


JUMP = {"duration_s": 6.0, "first_pts_s": 4000.0, "jump_at_s": 3.3}
SURROUND = {"channels": 6}

QUICK = [
    Case(".mp4", ".ts"),
    Case(".flv", ".mp4", {"rate_hz": 44_100, "b_frames": 0}),
    Case(".flv", ".ts", {"rate_hz": 22_050, "channels": 1}, dubbed=True),
    Case(".ts", ".mkv", {"audio": "opus"}),
    Case(".mkv", ".ts", {"audio": "opus", "video": "h265"}, dubbed=True),
    Case(".flv", ".flv", {"audio": "mp3", "rate_hz": 44_100}),
    Case(".ts", ".flv", {"audio": "ac3", **SURROUND}, dubbed=True),
    Case(".mkv", "/", {"audio": "pcm_s16le"}),
    Case(".mkv", ".flv", {"fps": Fraction(10), "b_frames": 3}),
    Case(".mp4", ".mkv", {"video": "h265", "variable_rate": True}, dubbed=True),
    Case(".ts", ".ts", {"video": None}),
    Case(".flv", ".mp4", {"first_pts_s": 100_000.0}, dubbed=True),
    Case(".ts", ".mkv", {**JUMP, "jump_s": -3600.0}, dubbed=True),
    Case(".mkv", ".ts", {"duration_s": 8.0, "video_hole_s": (2.0, 6.0)}),
    Case(".flv", ".ts", {"duration_s": 6.0, "audio_hole_s": (2.0, 4.0)}, silent_ms=(2000,)),
]

SOUNDS: list[tuple[dict[str, Any], tuple[str, ...]]] = [
    ({"audio": "aac"}, (".flv", ".ts", ".mp4", ".mkv")),
    ({"audio": "aac", "rate_hz": 44_100}, (".flv", ".ts", ".mp4", ".mkv")),
    ({"audio": "aac", "rate_hz": 22_050, "channels": 1}, (".flv", ".ts", ".mp4", ".mkv")),
    ({"audio": "opus"}, (".ts", ".mkv")),
    ({"audio": "mp3"}, (".ts", ".mp4", ".mkv")),
    ({"audio": "mp2"}, (".ts", ".mkv")),
    ({"audio": "ac3", **SURROUND}, (".ts", ".mkv", ".mp4")),
    ({"audio": "eac3", **SURROUND}, (".ts", ".mkv")),
    ({"audio": "pcm_alaw", "rate_hz": 8000, "channels": 1}, (".flv",)),
]
PICTURES: list[dict[str, Any]] = [
    {"b_frames": 0},
    {"video": "h265"},
    {"variable_rate": True},
    {"fps": NTSC},
    {"video": None},
]
OUTPUTS = (".ts", ".mp4", ".mkv", ".flv", "/")


def _carried(source: str, output: str, changes: dict[str, Any]) -> bool:
    return changes.get("video") != "h265" or ".flv" not in (source, output)


SLOW = [
    Case(".mkv", ".mp4", {"audio": "ac3", **SURROUND}),
    Case(".mkv", ".mkv", {"audio": "eac3"}),
    Case(".ts", ".mp4", {"audio": "mp2"}),
    Case(".mkv", ".ts", {"fps": NTSC}),
    Case(".ts", "/", {"first_pts_s": 90_000.0}),
    Case(".flv", ".ts", {**JUMP, "jump_s": 3600.0}),
    *(
        Case(source, ".ts", changes, dubbed)
        for changes, sources in SOUNDS
        for source in sources
        for dubbed in (False, True)
    ),
    *(
        Case(source, output, changes)
        for changes in PICTURES
        for source in (".flv", ".ts", ".mp4", ".mkv")
        for output in OUTPUTS
        if _carried(source, output, changes)
    ),
]


def params() -> list[Any]:
    quick = [pytest.param(case, id=case.name) for case in QUICK]
    names = {case.name for case in QUICK}
    return quick + [
        pytest.param(case, id=case.name, marks=pytest.mark.slow) for case in SLOW if case.name not in names
    ]
