"""An MP4 that was written is as long as what went in: to the sample in its sound, to a frame in all."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import av
import numpy as np
import numpy.typing as npt
import pytest
from live.echo import EchoProcess
from media_service.testmedia.generate import generate
from media_service.testmedia.programme import Programme

from formats.cases import SMALL
from formats.runs import run

DURATION_S = 3.7
END = 2400
"""Samples, 50 ms: what was lost once."""
OFF = 480


@dataclass(frozen=True, eq=False)
class Sound:
    samples: npt.NDArray[np.float64]
    """One channel, 48 kHz."""
    container_s: float
    picture_s: float


def sound_of(path: Path) -> Sound:
    """As the file means it to be heard. FFmpeg begins at the sample, but ends with a frame."""
    with av.open(str(path)) as container:
        stream = container.streams.audio[0]
        assert stream.duration is not None
        assert stream.time_base is not None
        length = round(stream.duration * stream.time_base * stream.codec_context.sample_rate)
        heard = np.concatenate([frame.to_ndarray()[0] for frame in container.decode(stream)])
        picture = container.streams.video[0]
        assert picture.duration is not None
        assert picture.time_base is not None
        assert container.duration is not None
        assert len(heard) >= length
        return Sound(
            heard[:length].astype(np.float64),
            container.duration / av.time_base,
            float(picture.duration * picture.time_base),
        )


def likeness(one: npt.NDArray[np.float64], other: npt.NDArray[np.float64]) -> float:
    return float(np.dot(one, other) / np.sqrt(np.dot(one, one) * np.dot(other, other)))


@pytest.mark.parametrize(
    ("suffix", "changes", "dubbed"),
    [
        (".mp4", {}, True),
        (".mp4", {}, False),
        (".mkv", {"audio": "pcm_s16le", "b_frames": 0}, False),
        pytest.param(".mp4", {"rate_hz": 44_100}, True, marks=pytest.mark.slow),
        pytest.param(".mp4", {"b_frames": 0, "video": "h265"}, True, marks=pytest.mark.slow),
    ],
)
def test_the_sound_has_as_many_samples_as_the_sources_and_the_last_of_them_too(
    suffix: str, changes: dict[str, Any], dubbed: bool, tmp_path: Path, echo: EchoProcess
) -> None:
    programme = Programme(**{**SMALL, "duration_s": DURATION_S, "room_dbfs": -30.0, **changes})
    source = generate(tmp_path / f"in{suffix}", programme)
    service: dict[str, Any] = {"sts_service_url": echo.url} if dubbed else {}
    assert run(source, tmp_path / "out.mp4", **service).exit_code == 0
    out = sound_of(tmp_path / "out.mp4")
    wanted = round(DURATION_S * 48_000)
    # Another rate's samples do not lie on ours.
    resampled = changes.get("rate_hz", 48_000) != 48_000
    assert abs(len(out.samples) - wanted) <= resampled
    assert abs(out.container_s - DURATION_S) < 1 / 30
    assert abs(out.picture_s - DURATION_S) < 1 / 30
    if not resampled:
        before = _decoded(source)[:wanted]
        assert likeness(out.samples[:END], before[:END]) > 0.9
        assert likeness(out.samples[-END:], before[-END:]) > 0.9
        assert likeness(out.samples[-END:-OFF], before[-END + OFF :]) < 0.5, "it is no steady tone"


def _decoded(path: Path) -> npt.NDArray[np.float64]:
    with av.open(str(path)) as container:
        frames = [frame.to_ndarray() for frame in container.decode(container.streams.audio[0])]
    planes = np.concatenate(frames, axis=1)
    # PCM's channels lie in turns.
    one = planes[0, ::2] if planes.shape[0] == 1 else planes[0]
    return np.asarray(one, np.float64)
