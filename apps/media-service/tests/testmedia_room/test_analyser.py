from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from media_service.testmedia import beeps, copied, sound, sound_faults, sync
from media_service.testmedia.access import double, drop, shift, spoil
from media_service.testmedia.analysis import analyse
from media_service.testmedia.media import SoundSeen
from media_service.testmedia.programme import Programme

from testmedia_room.conftest import Make

PROGRAMME = Programme(duration_s=6.0, width=320, height=180)
RATE = 48_000


def seen(samples: np.ndarray[tuple[int], np.dtype[np.float32]]) -> SoundSeen:
    starts = np.arange(0, len(samples), 1024)
    return SoundSeen(samples[:, None], RATE, starts, np.round(starts * 1e9 / RATE).astype(np.int64))


@pytest.mark.parametrize(
    "late_ms",
    [0.3, -35.0, *(pytest.param(late_ms, marks=pytest.mark.slow) for late_ms in (0.0, 20.0, 700.0))],
)
def test_the_lip_sync_error_is_measured_to_a_tenth_of_a_millisecond(made: Make, late_ms: float) -> None:
    found = analyse(made(PROGRAMME, ".ts", shift("audio", late_ms))).sync
    assert found is not None
    assert len(found.offsets) == 5
    assert found.min_ms == pytest.approx(late_ms, abs=0.1)
    assert found.max_ms == pytest.approx(late_ms, abs=0.1)
    assert abs(found.slope_ms_per_minute) < 1


def test_a_beep_between_two_samples_is_found_there() -> None:
    alone = Programme(duration_s=4.0, speech_dbfs=-np.inf, room_dbfs=-np.inf)
    for late_ms in (0.0, 0.005, 0.0137):
        heard = beeps.beeps(seen(sound.mono(replace(alone, audio_late_ms=late_ms))))
        assert [beep.second for beep in heard] == [1, 2, 3]
        assert [beep.pts_ns / 1e6 for beep in heard] == pytest.approx(
            [1000 + late_ms, 2000 + late_ms, 3000 + late_ms], abs=0.004
        )


def test_a_slow_drift_is_seen_as_a_slope() -> None:
    flashes = [sync.Flash(second * 10**9, second) for second in range(1, 121)]
    heard = [beeps.Beep(second * 1e9 + second * 40_000, second, -12) for second in range(1, 121)]
    found = sync.measure(flashes, heard)
    assert found is not None
    assert found.slope_ms_per_minute == pytest.approx(2.4)
    assert found.slope_error_ms_per_minute < 0.01


def test_a_beep_that_is_another_seconds_is_not_taken_for_this_ones() -> None:
    flash = [sync.Flash(5 * 10**9, 5)]
    heard = [beeps.Beep(5e9, 3, -12), beeps.Beep(7e9, 5, -12)]
    found = sync.measure(flash, heard)
    assert found is not None
    assert found.median_ms == 2000
    assert found.unpaired_beeps == 1


def test_lost_audio_packets_are_a_gap(made: Make) -> None:
    report = analyse(made(PROGRAMME, ".ts", drop("audio", [100, 101, 102])))
    (gap,) = report.breaks
    assert gap.length_ms == pytest.approx(64, abs=0.1)
    assert report.drift_ms == pytest.approx(64, abs=0.1)


def test_a_doubled_audio_packet_is_an_overlap(made: Make) -> None:
    report = analyse(made(PROGRAMME, ".ts", double("audio", 100)))
    assert [round(cut.length_ms) for cut in report.breaks] == [-20]


def test_an_untouched_programme_has_no_fault(made: Make) -> None:
    source = made(PROGRAMME, ".ts")
    report = analyse(source, source)
    assert not report.breaks
    assert not report.silences
    assert not report.clicks
    assert report.drift_ms == pytest.approx(0, abs=0.01)
    assert report.backwards == {"video": 0, "audio": 0}
    assert report.undecodable == {}
    assert report.copied is not None
    assert report.copied.whole
    assert report.copied.matched == 180


@pytest.mark.parametrize(
    ("video", "suffix"),
    [
        ("h264", ".flv"),
        ("h265", ".mkv"),
        *(
            pytest.param(*pair, marks=pytest.mark.slow)
            for pair in (("h264", ".mp4"), ("h264", ".mkv"), ("h265", ".flv"), ("h265", ".mp4"))
        ),
    ],
)
def test_a_copy_is_a_copy_in_any_container(made: Make, video: str, suffix: str) -> None:
    programme = Programme(duration_s=2.0, width=320, height=180, video=video)
    found = analyse(made(programme, suffix), made(programme, ".ts")).copied
    assert found is not None
    assert found.whole
    assert (found.first, found.last, found.matched) == (0, 59, 60)


def test_lost_doubled_and_changed_pictures_are_named(made: Make) -> None:
    source = made(PROGRAMME, ".ts")
    lost = analyse(made(PROGRAMME, ".ts", drop("video", [70, 90, 91])), source).copied
    assert lost is not None
    assert lost.lost == [70, 90, 91]
    assert not lost.whole
    doubled = analyse(made(PROGRAMME, ".ts", double("video", 75)), source).copied
    assert doubled is not None
    assert (doubled.doubled, doubled.lost) == ([75], [])
    changed = analyse(made(PROGRAMME, ".ts", spoil("video", 80)), source).copied
    assert changed is not None
    assert (changed.changed, changed.lost) == (1, [80])


@given(st.permutations(range(8)))
def test_any_other_order_is_noticed(order: list[int]) -> None:
    units = [bytes([number]) for number in range(8)]
    found = copied.compare(units, [units[number] for number in order])
    assert found.whole == (order == sorted(order))


def test_parameter_sets_and_padding_do_not_make_another_picture() -> None:
    picture = b"\0\0\1\x65\x11\x22\x33"
    repeated = b"\0\0\0\1\x67\x01\0\0\1\x68\x02" + picture + b"\0\0"
    assert copied.digest(repeated, "h264", None) == copied.digest(picture, "h264", None)
    assert copied.digest(b"\0\0\0\4\x65\x11\x22\x33", "h264", 4) == copied.digest(picture, "h264", None)
    assert copied.digest(b"\0\0\1\x65\x11\x22\x34", "h264", None) != copied.digest(picture, "h264", None)


def test_silence_is_found_with_its_length() -> None:
    samples = sound.mono(Programme(duration_s=4.0))
    samples[2 * RATE + 10_000 : 2 * RATE + 20_000] = 0
    (span,) = sound_faults.silences(seen(samples))
    assert span.start_ns / 1e6 == pytest.approx(2208, abs=11)
    assert span.length_ms == pytest.approx(208, abs=21)


def test_a_cut_in_the_voice_is_a_click_and_the_voice_is_none() -> None:
    samples = sound.mono(Programme(duration_s=12.0))
    assert sound_faults.clicks(seen(samples)) == []
    dice = np.random.default_rng(2)
    found = 0
    for _ in range(20):
        at = int(dice.integers(RATE, 11 * RATE))
        # Where the voice is loud and the waves do not meet by chance.
        while abs(samples[at] - samples[at + 480]) < 0.02:
            at += 1
        cut = np.concatenate([samples[:at], samples[at + 480 :]])
        near = [click for click in sound_faults.clicks(seen(cut)) if abs(click.at_ns - at * 1e9 / RATE) < 2e6]
        found += len(near) == 1
    assert found == 20


def test_a_click_that_was_encoded_is_still_one(folder: Path) -> None:
    samples = sound.mono(Programme(duration_s=4.0))
    at = 2 * RATE + 8000
    while abs(samples[at] - samples[at - 700]) < 0.05:
        at += 1
    samples[at:] = np.roll(samples, 700)[at:]
    import av

    path = folder / "click.mp4"
    with av.open(str(path), "w") as out:
        stream = out.add_stream("aac", rate=RATE)
        stream.bit_rate = 128_000
        for start in range(0, len(samples), 1024):
            frame = av.AudioFrame.from_ndarray(samples[None, start : start + 1024], "fltp", "mono")
            frame.sample_rate, frame.pts = RATE, start
            out.mux(stream.encode(frame))
        out.mux(stream.encode(None))
    (click,) = analyse(path).clicks
    assert click.at_ns / 1e6 == pytest.approx(at * 1000 / RATE, abs=25)


def test_loudness_follows_the_gain() -> None:
    samples = sound.mono(Programme(duration_s=6.0))
    usual, quiet = (sound_faults.loudness(seen(samples * np.float32(gain))) for gain in (1.0, 0.5))
    assert usual.integrated_lufs - quiet.integrated_lufs == pytest.approx(6.02, abs=0.05)
    assert usual.true_peak_dbtp - quiet.true_peak_dbtp == pytest.approx(6.02, abs=0.05)
    assert -26 < usual.integrated_lufs < -20
