"""What the API's document says of a URL, a language and a voice is what is taken, no more and no less."""

import ipaddress
import re
from collections.abc import Callable

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from media_service.orchestrator.control.changes import MASKED
from media_service.orchestrator.errors import Refused
from media_service.orchestrator.names.patterns import INPUT_URL, IPV6, OUTPUT_URL, VOICE
from media_service.orchestrator.names.urls import check_input, check_output
from media_service.orchestrator.names.words import LONGEST_VOICE, check_voice

HOSTS = [
    "h",
    "a.example.org",
    "10.0.0.1",
    "[::1]",
    "[::ffff:10.0.0.1]",
    "[1:2:3:4:5:6:7:8]",
    "[abc]",
    "[1::2::3]",
    "",
]
PORTS = ["", ":1", ":65535", ":65536", ":0", ":00080", ":", ":123456", ":x"]
PATHS = [
    "",
    "/",
    "/a",
    "/a/b",
    "//a//b/",
    "/a.m3u8",
    "/.M3U8",
    "/***",
    "/*/**",
    "/a b",
    "/a\\b",
    "/é",
    "/a/../b",
    "/%2e%2E/b",
    "/a%00",
    "/a/...",
]
QUERIES = ["", "?", "?mode=listener", "?a=b?c", "?a#b", "#a", "?***"]
URLS = st.tuples(
    st.sampled_from(["rtmp", "rtmps", "rtsp", "rtsps", "srt", "http", "https", "file", "RTMP", "gopher", ""]),
    st.sampled_from(["://", ":/", ""]),
    st.sampled_from(["", "u@", "u:p@", "u:p:q@", "@"]),
    st.sampled_from(HOSTS),
    st.sampled_from(PORTS),
    st.sampled_from(PATHS),
    st.sampled_from(QUERIES),
).map("".join)


def taken(check: Callable[[str], object], url: str) -> bool:
    try:
        check(url)
    except Refused:
        return False
    return MASKED not in url


@given(URLS)
@example("file:///a/b.mp4")
@example("file:///a/../b.mp4")
@example("file:///a/%2e%2E/b.mp4")
@example("file:///a%00b.mp4")
@example("file:///a/..b/c...mp4")
@example("file:///a.mp4?b")
@example("file:///a/..")
def test_a_url_fits_its_pattern_where_it_is_taken(url: str) -> None:
    assert bool(re.fullmatch(INPUT_URL, url)) == taken(check_input, url)
    assert bool(re.fullmatch(OUTPUT_URL, url)) == taken(check_output, url)


@given(st.from_regex(INPUT_URL, fullmatch=True).filter(lambda url: len(url) <= 2048))
def test_whatever_fits_the_pattern_of_an_input_is_taken(url: str) -> None:
    assert taken(check_input, url)


@given(st.from_regex(OUTPUT_URL, fullmatch=True).filter(lambda url: len(url) <= 2048))
def test_whatever_fits_the_pattern_of_an_output_is_taken(url: str) -> None:
    assert taken(check_output, url)


@given(st.from_regex(IPV6, fullmatch=True))
def test_what_stands_in_brackets_is_an_address(text: str) -> None:
    ipaddress.IPv6Address(text)


@given(st.ip_addresses(v=6))
def test_every_address_may_stand_there(address: ipaddress.IPv6Address) -> None:
    for text in (address.compressed, address.exploded):
        assert re.fullmatch(IPV6, text)


@pytest.mark.parametrize("text", ["anna", "Zoë", "名前", "a b", "👩🏽", "voice=x;$(id)"])
def test_a_name_that_can_be_seen_is_a_voice(text: str) -> None:
    assert check_voice(text) == text


@given(st.text(max_size=5) | st.from_regex(VOICE, fullmatch=True))
@example("a\u202eb")
@example("a\x00")
@example("\ud800")
def test_a_voice_fits_its_pattern_where_it_is_taken(text: str) -> None:
    fits = bool(re.fullmatch(VOICE, text)) and len(text) <= LONGEST_VOICE and "\ud800" not in text
    assert fits == taken(check_voice, text)
    if fits:
        text.encode()
