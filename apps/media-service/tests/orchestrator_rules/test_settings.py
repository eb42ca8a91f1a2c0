"""The orchestrator's settings: wrong ones end the start with one line that names them."""

import subprocess
import sys
from typing import Any

import pytest
from media_service.orchestrator.errors import SettingsWrong
from media_service.orchestrator.settings import OrchestratorSettings, load

RIGHT = {"LIVEDUB_STS_SERVICE_URL": "http://127.0.0.1:8000"}


def made(**changes: Any) -> OrchestratorSettings:
    return load([], {**RIGHT, **{f"LIVEDUB_{name.upper()}": str(value) for name, value in changes.items()}})


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("sts_service_url", "rtmp://x.test"),
        ("port", 70_000),
        ("ingest_path", "live/in"),
        ("ingest_url", "rtmp://127.0.0.1/live/in"),
        ("ingest_url", "rtmp://127.0.0.1/{id}"),
        ("output_url", "gopher://x/{id}"),
        ("mediamtx_api", "127.0.0.1:9997"),
        ("allow_inputs", "everything"),
        ("allow_outputs", "rtmp://10.0.0.0/99"),
        ("target_language", "spanish please"),
        ("voice", "\n"),
        ("mix", "loud"),
        ("grace_s", -1),
        ("on_exit", "perhaps"),
    ],
)
def test_a_wrong_setting_is_named(name: str, value: object) -> None:
    with pytest.raises(SettingsWrong, match=f"LIVEDUB_{name.upper()}"):
        made(**{name: value})


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.168.1.4", "tv.example.org"])
def test_whoever_can_be_reached_needs_a_token(host: str) -> None:
    with pytest.raises(SettingsWrong, match="LIVEDUB_TOKEN"):
        made(host=host)
    assert made(host=host, token="t").token == "t"


@pytest.mark.parametrize("host", ["127.0.0.1", "127.0.0.9", "::1", "[::1]", "localhost"])
def test_loopback_needs_none(host: str) -> None:
    assert made(host=host).is_loopback


def test_no_secret_is_in_what_is_printed_of_the_settings() -> None:
    shown = repr(made(token="key-1", sts_api_key="key-2", ingest_url="rtmp://u:key-3@x.test/a/{id}"))
    assert "key-" not in shown


def test_a_wrong_start_is_one_line_and_two() -> None:
    ended = subprocess.run(
        [sys.executable, "-m", "media_service.orchestrator", "--grace-s=long"],
        capture_output=True,
        text=True,
        timeout=60,
        env={**RIGHT, "PATH": "/bin"},
    )
    assert (ended.returncode, ended.stdout) == (2, "")
    assert ended.stderr == ("python -m media_service.orchestrator: --grace-s: 'long' is not a number\n")
