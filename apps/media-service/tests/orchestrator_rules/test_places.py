"""Where a worker may be sent: by scheme and address, with no way around."""

from collections.abc import Sequence
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from media_service.orchestrator.control.assignment import for_worker
from media_service.orchestrator.errors import Refused
from media_service.orchestrator.names.allowed import Allowed
from media_service.orchestrator.names.urls import check_input, check_output, place
from media_service.orchestrator.settings import load
from media_service.orchestrator.store.records import Stream

HOSTS = {
    "tv.example.org": ["93.184.216.34"],
    "evil.example.org": ["93.184.216.34", "10.0.0.7"],
    "inside.lan": ["192.168.1.5"],
    "127.1": ["127.0.0.1"],
    "2130706433": ["127.0.0.1"],
    "0x7f.0.0.1": ["127.0.0.1"],
    "localhost": ["127.0.0.1", "::1"],
}


def look_up(host: str) -> Sequence[str]:
    if host not in HOSTS:
        raise OSError
    return HOSTS[host]


def may(url: str, allowed: str = "public") -> bool:
    try:
        Allowed(allowed, look_up).check(place(url))
    except Refused:
        return False
    return True


@pytest.mark.parametrize(
    "url",
    [
        "rtmp://127.0.0.1/live/in",
        "rtmp://localhost/live/in",
        "http://127.1/a.m3u8",
        "http://2130706433/a.m3u8",
        "http://0x7f.0.0.1/a.m3u8",
        "rtsp://10.1.2.3/a",
        "rtsp://192.168.0.9/a",
        "http://169.254.169.254/latest.m3u8",
        "rtmp://0.0.0.0/live/in",
        "srt://:9000",
        "rtmp://[::1]/live/in",
        "rtmp://[::ffff:127.0.0.1]/live/in",
        "rtmp://[64:ff9b::7f00:1]/live/in",
        "rtmp://[2002:7f00:1::]/live/in",
        "rtmp://[fe80::1]/live/in",
        "rtmp://[fd00::1]/live/in",
        "rtmp://224.0.0.1/live/in",
        "rtmp://evil.example.org/live/in",
        "rtmp://inside.lan/live/in",
        "rtmp://nobody-knows.example.org/live/in",
        "file:///etc/passwd",
    ],
)
def test_nothing_internal_is_reached_unless_it_is_allowed(url: str) -> None:
    assert not may(url)


def test_public_servers_are_reached() -> None:
    assert may("rtmp://tv.example.org/live/in")
    assert may("rtmp://93.184.216.34:1936/live/in")
    assert may("rtmp://[::ffff:93.184.216.34]/live/in")
    assert not may("rtmp://tv.example.org/live/in", "rtmp://10.0.0.0/8")


def test_what_is_allowed_by_name_network_port_or_scheme_is_reached_and_no_more() -> None:
    assert may("rtmp://inside.lan/live/in", "rtmp://inside.lan")
    assert may("rtmp://inside.lan/live/in", "*://*.lan")
    assert may("rtmp://inside.lan/live/in", "*://192.168.0.0/16")
    assert may("rtmp://192.168.7.7/live/in", "public, rtmp://192.168.0.0/16")
    assert may("rtmp://127.0.0.1:1935/live/in", "rtmp://127.0.0.1:1935")
    assert may("rtmp://[::1]:1935/live/in", "rtmp://[::1]:1935")
    assert may("rtmp://[::ffff:10.0.0.1]/live/in", "rtmp://10.0.0.0/8")
    assert may("srt://:9000", "srt://0.0.0.0:9000")
    assert not may("rtsp://inside.lan/live/in", "rtmp://inside.lan")
    assert not may("rtmp://127.0.0.1:1936/live/in", "rtmp://127.0.0.1:1935")
    assert not may("rtmp://127.0.0.1/live/in", "rtmp://127.0.0.1:1935")
    assert not may("rtmp://evil-inside.lan.example.org/live/in", "*://*.lan")


@pytest.mark.parametrize(
    ("url", "allowed", "told"),
    [
        (None, "public", None),
        ("https://tv.example.org/a.m3u8", "public", "none"),
        ("https://tv.example.org/a.m3u8", "public, rtmp://10.0.0.0/8", "none"),
        ("https://10.1.1.1/a.m3u8", "public, https://10.0.0.0/8", "same-host"),
        ("rtsp://inside.lan/main", "*://*.lan", "same-host"),
    ],
)
def test_a_worker_of_a_public_url_is_told_to_stay_outside(url: str | None, allowed: str, told: str) -> None:
    settings = load(["--sts-service-url=http://127.0.0.1:8000", f"--allow-inputs={allowed}"], {})
    stream = Stream(
        stream_id="a",
        origin="hand",
        input_url=url,
        output_url=None,
        source_language="en",
        target_language="es",
        voice="default",
        mix="duck",
        created_unix_ms=0,
        updated_unix_ms=0,
    )
    assert for_worker(stream, settings).get("WORKER_INPUT_INTERNAL") == told


def test_every_address_of_a_name_must_be_allowed() -> None:
    assert not may("rtmp://evil.example.org/live/in", "rtmp://10.0.0.0/8")
    assert may("rtmp://evil.example.org/live/in", "public, rtmp://10.0.0.0/8")


def test_files_are_reached_in_their_folder_only(tmp_path: Path) -> None:
    folder = tmp_path / "media"
    folder.mkdir()
    (folder / "in.mp4").touch()
    (tmp_path / "secret").touch()
    (folder / "link").symlink_to(tmp_path / "secret")
    allowed = f"file://{folder}/"
    assert may(f"file://{folder}/in.mp4", allowed)
    for name in ("../secret", "%2e%2e/secret", "link", "..%2fsecret", "in.mp4?x"):
        assert not may(f"file://{folder}/{name}", allowed), name
    assert not may(f"file://{folder}-other/in.mp4", allowed)


@pytest.mark.parametrize(
    "url",
    [
        "rtmp://tv.example.org\\@127.0.0.1/live/in",
        "rtmp://a@b@127.0.0.1/live/in",
        "rtmp://tv.example.org#@127.0.0.1/live/in",
        "rtmp://tv.example.org /live/in",
        "rtmp://tv.example.org/live/in\n",
        "rtmp://%6cocalhost/live/in",
        "RTMP://tv.example.org/live/in",
        "rtmp:tv.example.org",
        "rtmp://tv.exämple.org/live/in",
        "rtmp://tv.example.org:99999999/live/in",
        "/etc/passwd",
        "etc/passwd",
        "-y",
        "",
        "http://" + "a" * 3000,
    ],
)
def test_what_two_programs_could_read_differently_is_refused(url: str) -> None:
    with pytest.raises(Refused):
        place(url)


@pytest.mark.parametrize("url", ["gopher://tv.example.org/1", "ftp://x.y/a", "http://tv.example.org/a.mp4"])
def test_an_input_is_what_a_worker_can_read(url: str) -> None:
    with pytest.raises(Refused):
        check_input(url)


@pytest.mark.parametrize(
    "url", ["file:///tmp/out.mp4", "/tmp/out/", "http://x.test/a.m3u8", "rtmp://x.test/a"]
)
def test_an_output_is_a_server(url: str) -> None:
    with pytest.raises(Refused):
        check_output(url)


@pytest.mark.parametrize("text", ["nonsense", "rtmp://", "rtmp://10.0.0.0/99", "file:///no-slash", "r t://x"])
def test_an_entry_that_is_none_is_said_so(text: str) -> None:
    with pytest.raises(ValueError):
        Allowed(text)


@given(st.text(max_size=60), st.sampled_from(["rtmp://", "http://", "srt://", "file://", "", "rtmp://a@"]))
def test_any_text_is_read_or_refused(text: str, scheme: str) -> None:
    try:
        found = place(scheme + text)
    except Refused:
        return
    assert found.host == found.host.lower()
    assert not set("@/\\ #?") & set(found.host)
