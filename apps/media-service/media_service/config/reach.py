"""Where a source may lead: what a playlist names, and what a server sends us on to.

Whoever makes the source decides that, so he must not get at what only this machine can reach. Public
addresses are everybody's. Of internal ones `same-host` allows those of the input's own host, which the
operator has named himself; `any` all; `none` not even those, for a URL that a stranger has given.
"""

import ipaddress
from collections.abc import Callable, Iterable, Sequence
from typing import Literal
from urllib.parse import urlsplit

from media_service.config.addresses import Address, is_public, look_up

Internal = Literal["same-host", "any", "none"]
INTERNAL: tuple[Internal, ...] = ("same-host", "any", "none")
LookUp = Callable[[str], Sequence[str]]


class LedAstray(ValueError):
    """It leads where it must not; the message says where, without a key."""


class Reach:
    def __init__(self, url: str, internal: Internal, look_up: LookUp = look_up) -> None:
        self._own = host_of(url)
        self._internal = internal
        self._look_up = look_up

    def allowed(self, host: str, addresses: Iterable[str]) -> list[str]:
        """Those of a host's addresses that may be connected to. Raises `LedAstray` where there is none."""
        given = list(addresses)
        fit = [address for address in given if self._fits(host, _address(address))]
        if given and not fit:
            raise LedAstray(f"{_shown(host)} is an internal address, and not allowed for this source")
        return fit

    def check_literal(self, host: str) -> None:
        """Of a host that is an address itself. Raises `LedAstray`."""
        if _address(host) is not None:
            self.allowed(host, [host])

    def check(self, host: str) -> None:
        """Of a host that others will look up: all its addresses must fit. Blocks; raises `LedAstray`."""
        if _address(host) is not None:
            self.check_literal(host)
            return
        try:
            found = self._look_up(host)
        except (OSError, UnicodeError):
            return
        if len(self.allowed(host, found)) < len(found):
            raise LedAstray(f"{_shown(host)} has an internal address, and is not allowed for this source")

    def _fits(self, host: str, address: Address | None) -> bool:
        if self._internal == "any" or (self._internal == "same-host" and _plain(host) == self._own):
            return True
        return address is not None and is_public(address)


def host_of(url: str) -> str:
    """In small letters, without brackets; empty where there is none."""
    try:
        return _plain(urlsplit(url).hostname or "")
    except ValueError:
        return ""


def _plain(host: str) -> str:
    return host.strip("[]").rstrip(".").lower()


def _address(text: str) -> Address | None:
    try:
        return ipaddress.ip_address(text.strip("[]").partition("%")[0])
    except ValueError:
        return None


def _shown(host: str) -> str:
    return "".join(letter for letter in host if letter.isascii() and letter.isprintable())[:80]
