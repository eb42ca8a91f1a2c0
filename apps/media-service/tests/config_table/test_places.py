"""Which URLs are inputs and outputs, and what is said of the others."""

from pathlib import Path

import pytest
from media_service.config.places import check_service, input_kind, local_path, output_kind, same_place


@pytest.mark.parametrize(
    ("url", "kind"),
    [
        ("rtsp://cam.example/main", "rtsp"),
        ("rtsps://user:pass@cam.example:322/main", "rtsp"),  # pragma: allowlist secret
        ("rtmp://host.example:1935/live/key", "rtmp"),
        ("RTMPS://host.example/live/a/key", "rtmp"),
        ("srt://host.example:9000?streamid=read:a", "srt"),
        ("srt://:9000?mode=listener", "srt"),
        ("srt://[::1]:9000", "srt"),
        ("http://host.example/a/b.m3u8", "hls"),
        ("https://host.example/b.M3U8?token=x", "hls"),
        ("file:///tmp/a.ts", "file"),
        ("talk.mp4", "file"),
    ],
)
def test_an_input_is_told_by_its_url(url: str, kind: str) -> None:
    assert input_kind(url) == kind


@pytest.mark.parametrize(
    ("url", "kind"),
    [
        ("rtmp://host.example/live/key", "rtmp"),
        ("rtmps://host.example/live/key", "rtmp"),
        ("rtsp://host.example/out", "rtsp"),
        ("srt://host.example:9000", "srt"),
        ("new-folder/", "hls"),
        ("file:///new-folder/", "hls"),
        ("out.mp4", "file"),
        ("out.MKV", "file"),
        ("./a/out.ts", "file"),
        ("file:///tmp/out.flv", "file"),
    ],
)
def test_an_output_is_told_by_its_url(url: str, kind: str) -> None:
    assert output_kind(url) == kind


def test_a_folder_that_is_there_is_hls_with_and_without_a_slash(tmp_path: Path) -> None:
    assert output_kind(str(tmp_path)) == output_kind(tmp_path.as_uri()) == "hls"


@pytest.mark.parametrize(
    ("url", "problem"),
    [
        ("http://host.example/b.mp4", "ends in .m3u8"),
        ("http://host.example/b.mp4?x=.m3u8", "ends in .m3u8"),
        ("rtmp://host.example/live", "an application and a stream"),
        ("rtmp:///live/key", "the host is missing"),
        ("rtsp://", "the host is missing"),
        ("srt://host.example", "needs a port"),
        ("srt://", "the host is missing"),
        ("rtsp://host.example:0/a", "1 to 65535"),
        ("rtsp://host.example:65536/a", "1 to 65535"),
        ("rtsp://host.example:port/a", "scheme://host:port/path"),
        ("rtsp://user:pa/ss@host.example/a", "scheme://host:port/path"),
        ("rtmp://host.example/live/key live=1", "no spaces"),
        ("rtsp://host.example/a\n", "no spaces or control"),
        ("rtmp:/host.example/live/key", "begins with scheme://"),
        ("rtsp:host.example/live/key", "begins with scheme://"),
        ("udp://239.0.0.1:5000", "udp:// is no input"),
        ("a b://x", "this is no input"),
    ],
)
def test_what_is_wrong_with_an_input_is_said(url: str, problem: str) -> None:
    with pytest.raises(ValueError, match=problem):
        input_kind(url)


@pytest.mark.parametrize(
    "url", ["http://h.example/x.m3u8", "rtsps://h.example/x", "out.mov", "out", "udp://h:1"]
)
def test_what_cannot_be_an_output_is_refused(url: str) -> None:
    with pytest.raises(ValueError, match=r"is no output|a file ends in"):
        output_kind(url)


@pytest.mark.parametrize(
    "url", ["http://127.0.0.1:8000", "https://h.example/", "ws://h.example", "wss://h.example/x"]
)
def test_a_speech_service_is_reached_by_http_or_websocket(url: str) -> None:
    check_service(url)
    with pytest.raises(ValueError):
        check_service(url.replace("://", "x://"))
    with pytest.raises(ValueError, match="the host is missing"):
        check_service("http://")


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("rtmp://H.example/live/a", "rtmp://h.example/live/a/", True),
        ("rtmp://h.example/live/a", "rtmp://h.example/live/A", False),
        ("rtmp://h.example/live/a", "rtsp://h.example/live/a", False),
        ("srt://h.example:1?streamid=a", "srt://h.example:1?streamid=b", False),
        ("a/../b.ts", "./b.ts", True),
        ("file:///tmp/a%20b.ts", "/tmp/a b.ts", True),
        ("a.ts", "b.ts", False),
    ],
)
def test_one_place_is_known_by_two_names(one: str, other: str, same: bool) -> None:
    assert same_place(one, other) is same_place(other, one) is same


def test_a_file_s_url_is_a_path() -> None:
    assert local_path("file:///tmp/a%20b.ts") == Path("/tmp/a b.ts")
    assert local_path("a b.ts") == Path("a b.ts")
