"""What a worker can be told, and what is said of a wrong setting, before anything connects."""

import os
import re
import socket
from pathlib import Path
from typing import Any

import pytest
from media_service.config import load
from media_service.errors import SettingsWrong
from service_kit.settings import SettingError

from config_table.rows import PASSTHROUGH, RIGHT, arguments, made

HIDDEN = "hunter2-hunter2"


def test_the_page_s_numbers_are_the_defaults() -> None:
    settings = made()
    assert (settings.segment_duration, settings.segment_min, settings.segment_mode) == (6.0, 2.0, "fixed")
    assert (settings.av_offset_ms, settings.av_offset_auto) == (6000, False)
    assert (settings.source_grace_s, settings.rtsp_latency_ms) == (25.0, 200)
    assert (settings.sts_timeout_ms, settings.sts_give_up, settings.max_inflight) == (8000, "never", 3)
    assert (settings.mix, settings.duck_db, settings.no_speech) == ("replace", 18.0, "original")
    assert (settings.realtime, settings.sts_mode, settings.voice_profile) == (True, "enabled", "default")
    assert (settings.metrics_host, settings.segment_dir, settings.control_token) == ("127.0.0.1", None, None)


@pytest.mark.parametrize("mode", ["fixed", "pause"])
def test_the_delay_is_the_longest_fragment_and_the_budget(mode: str) -> None:
    settings = made(segment_mode=mode, segment_duration=4.8, av_offset_ms=3001, segment_min=1.5)
    assert settings.segment_ns == 4_800_000_000
    assert settings.av_offset_ns == 3_001_000_000
    assert settings.delay_ns == 7_801_000_000
    assert settings.segment_min_ns == 1_500_000_000


def test_everything_comes_from_variables_too() -> None:
    environ = {"WORKER_" + name.upper(): str(value) for name, value in RIGHT.items()}
    environ |= {
        "WORKER_ID": "w-7",
        "WORKER_STS_API_KEY": HIDDEN,
        "WORKER_REALTIME": "true",
        "WORKER_MIX": "duck",
    }
    assert load([], environ) == made(worker_id="w-7", sts_api_key=HIDDEN, mix="duck")
    assert load(["--mix=replace"], environ).mix == "replace"


def test_passthrough_needs_no_speech_service() -> None:
    settings = load([f"--{name.replace('_', '-')}={value}" for name, value in PASSTHROUGH.items()], {})
    assert not settings.is_dubbing
    assert (settings.input_kind, settings.output_kind) == ("rtsp", "srt")
    assert made().is_dubbing


WRONG: list[tuple[dict[str, Any], str]] = [
    ({"stream_id": "a b"}, "WORKER_STREAM_ID: 'a b'"),
    ({"stream_id": "a" * 65}, "WORKER_STREAM_ID: "),
    ({"worker_id": "w/7"}, "WORKER_ID: 'w/7'"),
    ({"worker_id": "w" * 65}, "WORKER_ID: "),
    ({"input_url": "gopher://x/y"}, "WORKER_INPUT_URL: gopher://x/y: gopher:// is no input"),
    ({"input_url": ""}, "WORKER_INPUT_URL: is empty"),
    ({"output_url": "https://x/y.m3u8"}, "WORKER_OUTPUT_URL: https://x/y.m3u8: https:// is no output"),
    ({"output_url": "out.avi"}, "WORKER_OUTPUT_URL: out.avi: a file ends in .mp4, .mkv, .ts, .flv"),
    ({"output_url": RIGHT["input_url"]}, "WORKER_OUTPUT_URL: is the input itself"),
    ({"sts_service_url": "localhost:8000"}, "WORKER_STS_SERVICE_URL: "),
    ({"sts_service_url": None}, "WORKER_STS_SERVICE_URL: required, unless WORKER_STS_MODE is passthrough"),
    ({"source_language": None}, "WORKER_SOURCE_LANGUAGE: required"),
    ({"target_language": None}, "WORKER_TARGET_LANGUAGE: required"),
    ({"source_language": "english!"}, "WORKER_SOURCE_LANGUAGE: 'english!'"),
    ({"target_language": ""}, "WORKER_TARGET_LANGUAGE: ''"),
    ({"voice_profile": ""}, "WORKER_VOICE_PROFILE: ''"),
    ({"domain": "d" * 65}, "WORKER_DOMAIN: "),
    ({"segment_duration": 0.09}, "WORKER_SEGMENT_DURATION: 0.09 is below 0.1"),
    ({"segment_duration": 30.1}, "WORKER_SEGMENT_DURATION: 30.1 is above 30"),
    ({"segment_duration": float("nan")}, "WORKER_SEGMENT_DURATION: "),
    (
        {"segment_mode": "pause", "segment_min": 6.1},
        "WORKER_SEGMENT_MIN: 6.1 is above WORKER_SEGMENT_DURATION",
    ),
    ({"sts_timeout_ms": 999}, "WORKER_STS_TIMEOUT_MS: 999 is below 1000"),
    ({"max_inflight": 11}, "WORKER_MAX_INFLIGHT: 11 is above 10"),
    ({"realtime": False}, "WORKER_REALTIME: only a file can be read"),
    ({"realtime": False, "input_url": "a.ts"}, "WORKER_REALTIME: only files can be written"),
    ({"metrics_host": "0.0.0.0"}, "WORKER_CONTROL_TOKEN: required"),
    ({"metrics_host": "worker.example"}, "WORKER_CONTROL_TOKEN: required"),
    ({"control_token": ""}, "WORKER_CONTROL_TOKEN: is empty"),
    ({"mix": "loud"}, "WORKER_MIX: 'loud' is none of replace, duck"),
]


@pytest.mark.parametrize(
    ("changes", "problem"), WRONG, ids=[problem.partition(" ")[0] for _, problem in WRONG]
)
def test_a_wrong_setting_is_named_in_one_line(changes: dict[str, Any], problem: str) -> None:
    with pytest.raises(SettingError, match="^" + re.escape(problem)) as wrong:
        made(**changes)
    assert "\n" not in str(wrong.value)
    with pytest.raises(SettingsWrong) as stopped:
        load(arguments(**changes), {})
    assert stopped.value.exit_code == 2
    assert "\n" not in str(stopped.value)


def test_what_is_required_and_missing_is_named() -> None:
    with pytest.raises(
        SettingsWrong, match=r"^WORKER_STREAM_ID, WORKER_INPUT_URL, WORKER_OUTPUT_URL: required"
    ):
        load([], {})


@pytest.mark.parametrize("host", ["127.0.0.1", "127.0.0.9", "::1", "localhost"])
def test_loopback_needs_no_token(host: str) -> None:
    assert made(metrics_host=host).control_token is None
    assert made(metrics_host="0.0.0.0", control_token=HIDDEN).control_token == HIDDEN


def test_a_file_is_looked_at_before_anything_starts(tmp_path: Path) -> None:
    there, file = tmp_path / "in.ts", {"output_url": str(tmp_path / "out.mp4"), "realtime": "false"}
    with pytest.raises(SettingsWrong, match=r"^WORKER_INPUT_URL: .*in\.ts: no such file$"):
        load(arguments(input_url=there, **file), {})
    with pytest.raises(SettingsWrong, match=r"^WORKER_INPUT_URL: .*: is no file$"):
        load(arguments(input_url=tmp_path, **file), {})
    there.write_bytes(b"x")
    assert load(arguments(input_url=there, **file), {}).input_kind == "file"
    assert load(arguments(input_url=there.as_uri(), **file), {}).input_kind == "file"
    with pytest.raises(SettingsWrong, match=r"^WORKER_OUTPUT_URL: is the input itself$"):
        load(arguments(input_url=there, output_url=tmp_path / "x" / ".." / "in.ts"), {})


@pytest.mark.parametrize("name", ["output_url", "segment_dir"])
def test_a_folder_to_write_into_is_looked_at_too(name: str, tmp_path: Path, monkeypatch: Any) -> None:
    variable = f"WORKER_{name.upper()}"
    for good in (f"{tmp_path}/new/", str(tmp_path)):
        assert getattr(load(arguments(**{name: good}), {}), name) == good
    with pytest.raises(SettingsWrong, match=rf"^{variable}: .*: its folder does not exist$"):
        load(arguments(**{name: f"{tmp_path}/no/such/"}), {})
    monkeypatch.setattr(os, "access", lambda *_: False)
    with pytest.raises(SettingsWrong, match=rf"^{variable}: .*: its folder may not be written to$"):
        load(arguments(**{name: f"{tmp_path}/new/"}), {})


def test_an_output_file_needs_its_folder(tmp_path: Path, monkeypatch: Any) -> None:
    assert load(arguments(output_url=tmp_path / "out.mkv"), {}).output_kind == "file"
    with pytest.raises(SettingsWrong, match=r"^WORKER_OUTPUT_URL: .*: its folder does not exist$"):
        load(arguments(output_url=tmp_path / "no" / "out.mkv"), {})
    (tmp_path / "is.mp4").mkdir()
    assert load(arguments(output_url=tmp_path / "is.mp4"), {}).output_kind == "hls"
    monkeypatch.setattr(os, "access", lambda *_: False)
    with pytest.raises(SettingsWrong, match=r"^WORKER_OUTPUT_URL: .*: may not be written to$"):
        load(arguments(output_url=tmp_path / "out.mkv"), {})


def test_the_worker_s_name_stays_the_same_and_is_the_host_s_and_the_stream_s(monkeypatch: Any) -> None:
    monkeypatch.setattr(socket, "gethostname", lambda: "rack 3.studio")
    assert made().instance_id == "rack-3-studio-match-1"
    assert made(worker_id="w-7").instance_id == "w-7"


def test_a_long_name_is_shortened_and_stays_distinct(monkeypatch: Any) -> None:
    monkeypatch.setattr(socket, "gethostname", lambda: "h" * 63)
    names = {made(stream_id=stream).instance_id for stream in ("s" * 64, "s" * 63 + "t", "match-1")}
    assert len(names) == 3
    assert all(re.fullmatch(r"[A-Za-z0-9_-]{1,64}", name) for name in names)


def test_no_secret_is_in_the_settings_as_text_or_in_an_error() -> None:
    secrets = {
        "input_url": f"rtmp://user:{HIDDEN}@source.example/live/{HIDDEN}",
        "sts_api_key": HIDDEN,
        "control_token": HIDDEN,
    }
    settings = made(**secrets)
    assert HIDDEN not in repr(settings) + str(settings)
    assert HIDDEN not in settings.conceal(f"token {HIDDEN} at {settings.input_url}")
    for url in (
        f"gopher://{HIDDEN}@x/y?k={HIDDEN}",
        f"rtmp:/x/live/{HIDDEN}",
        f"user:{HIDDEN}@x/y",
        f"srt://x?a={HIDDEN}",
    ):
        for name in ("input_url", "output_url", "sts_service_url"):
            with pytest.raises(SettingsWrong) as wrong:
                load(arguments(**{name: url}), {})
            assert HIDDEN not in str(wrong.value)
            assert str(wrong.value).startswith(f"WORKER_{name.upper()}: ")
