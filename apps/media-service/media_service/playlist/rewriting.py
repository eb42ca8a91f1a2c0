"""A playlist in which every address is one of ours. Pure."""

import re
from collections.abc import Callable
from urllib.parse import urljoin

MOST_BYTES = 8 * 1024 * 1024
MOST_ADDRESSES = 60_000
"""A day of segments of two seconds, and some."""
LONGEST_ADDRESS = 8192
BEGINS = "#EXTM3U"
VARIANT = "#EXT-X-STREAM-INF"
_LISTS = (VARIANT, "#EXT-X-MEDIA:", "#EXT-X-I-FRAME-STREAM-INF", "#EXT-X-RENDITION-REPORT")
"""Tags whose address is a playlist again."""
_ADDRESS = re.compile(r'(?<![A-Z0-9-])URI="([^"]*)"')
_TO_SERVERS = ("#EXT-X-SESSION-DATA", "#EXT-X-CONTENT-STEERING", "#EXT-X-DEFINE", "#EXT-X-DATERANGE")
"""Tags without which a stream plays as well: what they lead to is not opened."""


class BadPlaylist(ValueError):
    """Why, in a few words."""


Link = Callable[[str, bool], str]
"""Of an absolute URL and whether it is a playlist: what is put in its place."""


def rewritten(text: str, base: str, link: Link, *, deepest: bool) -> str:
    """`base`: where the text was found; `deepest`: it is a list of segments. Raises `BadPlaylist`."""
    lines = text.removeprefix("\ufeff").splitlines()
    if not lines or not lines[0].startswith(BEGINS):
        raise BadPlaylist("the source sends no playlist")
    made = _Rewriting(base, link)
    written: list[str] = []
    variant = False
    for line in map(str.strip, lines):
        if not line or line.startswith(_TO_SERVERS):
            continue
        if not line.startswith("#"):
            written.append(made.address(line, is_list=variant))
            variant = False
            continue
        if line.startswith(VARIANT):
            if deepest:
                raise BadPlaylist("the source's playlists lead from one to the next without an end")
            variant = True
        quoted = made.list_quoted if line.startswith(_LISTS) else made.media_quoted
        written.append(_ADDRESS.sub(quoted, line))
    return "\n".join(written) + "\n"


class _Rewriting:
    def __init__(self, base: str, link: Link) -> None:
        self._base = base
        self._link = link
        self._count = 0

    def list_quoted(self, found: "re.Match[str]") -> str:
        return f'URI="{self.address(found[1], is_list=True)}"'

    def media_quoted(self, found: "re.Match[str]") -> str:
        return f'URI="{self.address(found[1], is_list=False)}"'

    def address(self, address: str, *, is_list: bool) -> str:
        self._count += 1
        if self._count > MOST_ADDRESSES:
            raise BadPlaylist(f"a playlist of the source's names over {MOST_ADDRESSES} addresses")
        try:
            whole = urljoin(self._base, address)
        except ValueError:
            raise BadPlaylist("a playlist of the source's names what is no address") from None
        if len(whole) > LONGEST_ADDRESS:
            raise BadPlaylist("a playlist of the source's names an address without an end")
        return self._link(whole, is_list)
