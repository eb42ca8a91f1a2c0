"""What stands for an address of the source's: a number, which tells nobody anything."""

import re
import secrets
from collections import OrderedDict
from dataclasses import dataclass

from media_service.playlist.rewriting import MOST_ADDRESSES

MOST = 2 * MOST_ADDRESSES
_SUFFIX = re.compile(r"\.(?:m3u8|ts|m4s|mp4|aac|mp3|ac3|vtt)(?=$|[?#])", re.IGNORECASE)


@dataclass(frozen=True)
class Linked:
    url: str
    is_list: bool
    deepest: bool
    """Of a list: it must name segments."""


class Links:
    """Those that were not used for longest go first."""

    def __init__(self, base: str) -> None:
        # Nobody else on this machine is to read a source by guessing.
        self._folder = f"/{secrets.token_urlsafe(16)}/"
        self._base = base
        self._numbers: OrderedDict[Linked, int] = OrderedDict()
        self._linked: dict[int, Linked] = {}
        self._next = 0

    def of(self, linked: Linked) -> str:
        number = self._numbers.get(linked)
        if number is None:
            number = self._numbers[linked] = self._next
            self._linked[number] = linked
            self._next += 1
            while len(self._numbers) > MOST:
                _, gone = self._numbers.popitem(last=False)
                del self._linked[gone]
        else:
            self._numbers.move_to_end(linked)
        found = _SUFFIX.search(linked.url)
        suffix = ".m3u8" if linked.is_list else found[0].lower() if found else ""
        return f"{self._base}{self._folder}{number}{suffix}"

    def find(self, path: str) -> Linked | None:
        number = path.removeprefix(self._folder).partition(".")[0]
        if not path.startswith(self._folder) or not (number.isascii() and number.isdigit()):
            return None
        return self._linked.get(int(number[:12]))
