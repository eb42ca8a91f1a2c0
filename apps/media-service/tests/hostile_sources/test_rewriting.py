"""In a playlist that was rewritten there is no address but ours."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st
from media_service.playlist.links import Linked, Links
from media_service.playlist.rewriting import BadPlaylist, rewritten

BASE = "https://host.example/live/a.m3u8"
OURS = "http://127.0.0.1:1/x/"


def links() -> Links:
    return Links("http://127.0.0.1:1")


def played(text: str, *, deepest: bool = False) -> tuple[str, list[tuple[str, bool]]]:
    linked: list[tuple[str, bool]] = []

    def link(url: str, is_list: bool) -> str:
        linked.append((url, is_list))
        return OURS + str(len(linked))

    return rewritten(text, BASE, link, deepest=deepest), linked


def test_lists_are_told_from_segments() -> None:
    text, linked = played(
        '#EXTM3U\n#EXT-X-MEDIA:TYPE=AUDIO,URI="audio/es.m3u8",NAME="URI=x"\n'
        '#EXT-X-STREAM-INF:BANDWIDTH=1,AUDIO="a"\n\nvideo.m3u8\n#EXT-X-I-FRAME-STREAM-INF:URI="i.m3u8"\n'
        '#EXT-X-SESSION-KEY:METHOD=AES-128,URI="/key"\n'
    )
    assert linked == [
        ("https://host.example/live/audio/es.m3u8", True),
        ("https://host.example/live/video.m3u8", True),
        ("https://host.example/live/i.m3u8", True),
        ("https://host.example/key", False),
    ]
    assert "host.example" not in text
    assert 'NAME="URI=x"' in text


def test_segments_maps_and_keys_are_media() -> None:
    text, linked = played(
        '\ufeff#EXTM3U\r\n#EXT-X-MAP:URI="init.mp4",BYTERANGE="9@0"\r\n#EXT-X-KEY:METHOD=AES-128,URI="k?t=1"\r\n'
        "#EXT-X-PROGRAM-DATE-TIME:2026-01-01T00:00:00Z\r\n#EXTINF:2.0,title, http://other/\r\n//cdn.example/1.m4s\r\n",
        deepest=True,
    )
    assert linked == [
        ("https://host.example/live/init.mp4", False),
        ("https://host.example/live/k?t=1", False),
        ("https://cdn.example/1.m4s", False),
    ]
    assert 'BYTERANGE="9@0"' in text
    assert "PROGRAM-DATE-TIME:2026-01-01T00:00:00Z" in text


@given(st.text(alphabet=st.sampled_from('#EXT-MIURI="abc:/.\n\r\t ,@\\%'), max_size=200), st.booleans())
def test_whatever_it_says_no_address_is_left_as_it_was(text: str, deepest: bool) -> None:
    try:
        made, _ = played("#EXTM3U\n" + text, deepest=deepest)
    except BadPlaylist:
        return
    for line in made.splitlines():
        assert line.startswith(("#", OURS))
        for address in re.findall(r'(?<![A-Z0-9-])URI="([^"]*)"', line):
            assert address.startswith(OURS)


@pytest.mark.parametrize("text", ["", "\n#EXTM3U", "#EXTINF:1,\na.ts", "x" * 100])
def test_what_does_not_begin_like_one_is_none(text: str) -> None:
    with pytest.raises(BadPlaylist):
        played(text)


def test_an_address_keeps_its_number_and_tells_nothing() -> None:
    made = links()
    one = made.of(Linked("https://host.example/a.ts?token=abc", is_list=False, deepest=False))
    assert made.of(Linked("https://host.example/a.ts?token=abc", is_list=False, deepest=False)) == one
    assert one.endswith("/0.ts")
    assert "token" not in one
    found = made.find(one.removeprefix("http://127.0.0.1:1"))
    assert found is not None
    assert found.url == "https://host.example/a.ts?token=abc"


def test_links_that_were_not_used_for_longest_are_forgotten(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("media_service.playlist.links.MOST", 3)
    made = links()
    paths = [
        made.of(Linked(f"https://host.example/{number}.ts", False, False)).removeprefix("http://127.0.0.1:1")
        for number in range(5)
    ]
    assert [made.find(path) is not None for path in paths] == [False, False, True, True, True]
