import numpy as np
import pyebur128  # type: ignore[import-untyped]
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sts_service.audio.clip import Mono
from sts_service.fitting import Limits, Source, fit, loudness_lufs, stretcher

from fitting_table.voices import MS, PITCH_HZ, heard_span, pitch_hz, uneven_voice, voice

RATE_HZ = 48_000
SLOT = 288_000
LIMITS = Limits()
FULL = Source(SLOT, RATE_HZ, 0, SLOT)
LATE = Source(SLOT, RATE_HZ, 96_000, 240_000)
NEAR = 20 * MS
"""Of what is trimmed and faded at both ends."""

pytestmark = pytest.mark.skipif(stretcher() is None, reason="nothing that stretches is installed")


def true_peak_dbtp(sound: Mono) -> float:
    meter = pyebur128.R128State(1, RATE_HZ, pyebur128.MeasurementMode.MODE_TRUE_PEAK)
    meter.add_frames(np.ascontiguousarray(sound), len(sound))
    return float(20 * np.log10(pyebur128.get_true_peak(meter, 0) + 1e-9))


@pytest.mark.parametrize(
    ("source", "of_the_slot", "onset_s", "seconds", "status"),
    [
        (FULL, 0.2, 0.0, 1.5, "success"),
        (FULL, 0.7, 0.0, 5.25, "success"),
        (FULL, 0.9, 0.0, 6.0, "success"),
        (FULL, 1.15, 0.0, 6.0, "success"),
        (FULL, 1.3, 0.0, 6.0, "success"),
        (FULL, 1.38, 0.0, 6.0, "partial"),
        (FULL, 2.0, 0.0, 6.0, "failed"),
        (LATE, 0.2, 2.0, 1.5, "success"),
        (LATE, 0.6, 2.0, 3.6, "success"),
        (LATE, 0.75, 2.0, 4.0, "success"),
        (LATE, 0.9, 1.5, 4.5, "success"),
        (LATE, 1.38, 0.0, 6.0, "partial"),
        (LATE, 2.0, 0.0, 6.0, "failed"),
    ],
)
def test_speech_is_heard_where_and_as_long_as_planned(
    source: Source, of_the_slot: float, onset_s: float, seconds: float, status: str
) -> None:
    fitted = fit(voice(6 * of_the_slot), 24_000, source, LIMITS)
    assert fitted.samples.shape == (SLOT,)
    assert fitted.samples.dtype == np.float32
    assert fitted.status == status
    assert fitted.natural_duration_ms == pytest.approx(6000 * of_the_slot, abs=15)
    assert fitted.onset_ms == pytest.approx(1000 * onset_s, abs=15)
    first, last = heard_span(fitted.samples)
    assert first == pytest.approx(onset_s * RATE_HZ, abs=NEAR)
    assert last == pytest.approx((onset_s + seconds) * RATE_HZ, abs=NEAR)


@pytest.mark.parametrize("seconds", [2.0, 5.0, 5.5, 6.4, 7.2, 8.0])
@pytest.mark.parametrize("rate_hz", [22_050, 24_000])
def test_the_pitch_is_kept(seconds: float, rate_hz: int) -> None:
    fitted = fit(voice(seconds, rate_hz), rate_hz, FULL, LIMITS)
    first, last = heard_span(fitted.samples)
    middle = fitted.samples[first + 200 * MS : last - 200 * MS]
    assert pitch_hz(middle, RATE_HZ) == pytest.approx(PITCH_HZ, rel=0.01)


@pytest.mark.parametrize("wanted_lufs", [-35.0, -23.0, -16.0])
@pytest.mark.parametrize("seconds", [0.3, 1.0, 5.0, 7.0])
@pytest.mark.parametrize("level", [0.01, 0.5])
def test_the_dub_is_as_loud_as_the_source_s_speech(wanted_lufs: float, seconds: float, level: float) -> None:
    source = Source(SLOT, RATE_HZ, 0, SLOT, wanted_lufs)
    fitted = fit(voice(seconds, level=level), 24_000, source, LIMITS)
    first, last = heard_span(fitted.samples)
    assert loudness_lufs(fitted.samples[first:last], RATE_HZ) == pytest.approx(wanted_lufs, abs=1.0)
    assert true_peak_dbtp(fitted.samples) <= -1.0


def test_a_dub_on_both_sides_is_as_loud_as_a_source_on_both_sides() -> None:
    """The measure is of one side; the listener hears two."""
    source = np.stack([voice(5, RATE_HZ), 0.3 * voice(5, RATE_HZ)], axis=1)
    fitted = fit(voice(5), 24_000, Source(SLOT, RATE_HZ, 0, SLOT, loudness_lufs(source, RATE_HZ)), LIMITS)
    assert integrated_lufs(np.repeat(fitted.samples[:, np.newaxis], 2, axis=1)) == pytest.approx(
        integrated_lufs(source), abs=1.0
    )


def integrated_lufs(stereo: Mono) -> float:
    meter = pyebur128.R128State(2, RATE_HZ, pyebur128.MeasurementMode.MODE_I)
    meter.add_frames(np.ascontiguousarray(stereo).reshape(-1), len(stereo))
    return float(pyebur128.get_loudness_global(meter))


def test_a_voice_of_high_peaks_stays_under_the_ceiling_and_keeps_its_loudness() -> None:
    """Peaks 22 dB over its loudness, as voices have them that rise and fall."""
    spoken = uneven_voice(5.0, 24_000)
    fitted = fit(spoken, 24_000, Source(SLOT, RATE_HZ, 0, SLOT, -16.0), LIMITS)
    assert true_peak_dbtp(fitted.samples) <= -1.0
    first, last = heard_span(fitted.samples)
    assert loudness_lufs(fitted.samples[first:last], RATE_HZ) == pytest.approx(-16.0, abs=1.0)


def test_what_is_over_the_ceiling_comes_down_also_without_a_loudness_to_match() -> None:
    clicks = voice(5, level=0.02)
    clicks[6_000::2_400] += 0.9
    assert true_peak_dbtp(fit(clicks, 24_000, FULL, LIMITS).samples) <= -1.0


def test_without_a_loudness_to_match_the_voice_is_left_as_it_is() -> None:
    spoken = voice(5, RATE_HZ, level=0.05)
    source = Source(SLOT, RATE_HZ, 0, 1000)
    fitted = fit(spoken, RATE_HZ, source, LIMITS)
    assert np.abs(fitted.samples).max() == pytest.approx(np.abs(spoken).max(), rel=0.01)


@pytest.mark.parametrize("seconds", [2.0, 5.5, 7.0, 9.0])
@pytest.mark.parametrize("source", [FULL, LATE], ids=["full", "late"])
def test_the_ends_do_not_click(seconds: float, source: Source) -> None:
    """The voice begins and ends at once, at full level: only a fade can make it soft."""
    fitted = fit(voice(seconds, silence_s=0.0), 24_000, source, LIMITS)
    first, last = heard_span(fitted.samples)
    loudest = np.abs(fitted.samples).max()
    for edge in (fitted.samples[first : first + MS], fitted.samples[last - MS : last + 1]):
        assert np.abs(edge).max() < 0.25 * loudest
    outside = np.concatenate([fitted.samples[: max(first - 2, 0)], fitted.samples[last + 2 :]])
    assert np.abs(outside).max(initial=0.0) < 1e-3


@pytest.mark.parametrize(
    "silence", [np.zeros(0), np.zeros(1), np.zeros(24_000), np.full(24_000, 1e-5), np.full(100, np.nan)]
)
@pytest.mark.parametrize("lufs", [None, -23.0])
def test_silence_in_is_silence_out(silence: Mono, lufs: float | None) -> None:
    fitted = fit(silence.astype(np.float32), 24_000, Source(SLOT, RATE_HZ, 0, SLOT, lufs), LIMITS)
    assert fitted.samples.shape == (SLOT,)
    assert not fitted.samples.any()
    assert (fitted.status, fitted.natural_duration_ms, fitted.warnings) == ("success", 0, ())
    assert (fitted.speed_ratio, fitted.actual_variance_percent) == (1.0, 0.0)


def test_the_engine_s_own_speed_is_part_of_the_ratio() -> None:
    fitted = fit(voice(6.3), 24_000, FULL, LIMITS, spoken_speed=1.1)
    assert fitted.speed_ratio == pytest.approx(1.1 * 1.05, abs=0.005)
    assert fitted.natural_duration_ms == pytest.approx(6300 * 1.1, abs=20)


def test_without_a_stretcher_the_dub_keeps_its_speed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sts_service.fitting.fitted.stretched", lambda *_: None)
    fitted = fit(voice(6.9), 24_000, FULL, LIMITS)
    assert (fitted.speed_ratio, fitted.status) == (1.0, "partial")
    assert fitted.actual_variance_percent == pytest.approx(15, abs=0.3)
    assert fitted.samples.shape == (SLOT,)


lengths_s = st.floats(0.0, 3.0)


@settings(deadline=None, max_examples=25)
@given(
    lengths_s,
    st.sampled_from([16_000, 22_050, 24_000]),
    st.integers(1, 96_001),
    st.integers(0, 96_001),
    st.integers(0, 96_001),
    st.sampled_from([8_000, 22_050, 44_100, 48_000]),
    st.none() | st.floats(-60, -10),
    st.floats(0.8, 1.2),
)
def test_any_dub_fills_exactly_its_slot(
    seconds: float,
    rate_hz: int,
    slot: int,
    onset: int,
    end: int,
    slot_hz: int,
    lufs: float | None,
    spoken_speed: float,
) -> None:
    source = Source(slot, slot_hz, onset, end, lufs)
    fitted = fit(voice(seconds, rate_hz), rate_hz, source, LIMITS, spoken_speed=spoken_speed)
    assert fitted.samples.shape == (slot,)
    assert np.isfinite(fitted.samples).all()
    assert np.abs(fitted.samples).max() <= 1.0
    assert abs(fitted.samples[0]) < 0.02
    assert 0.8 - 1e-9 <= fitted.speed_ratio <= 1.2 + 1e-9
    assert 0 <= fitted.onset_ms <= 1000 * slot / slot_hz + 1
