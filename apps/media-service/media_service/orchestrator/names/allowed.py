"""Which places workers may be sent to: `LIVEDUB_ALLOW_INPUTS` and `LIVEDUB_ALLOW_OUTPUTS`.

A list of entries: `public` (any server whose addresses are all public), `scheme://host[:port]`, where the
scheme may be `*` and the host an address, a network (10.0.0.0/8), a name, `*.a-domain` or `*`; `file:///folder/`.

A name is looked up when it is checked: one that leads to an internal address is internal. The worker looks
it up again; who controls the name's server could answer it otherwise.
"""

import ipaddress
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from media_service.config.addresses import Address, is_public, look_up, plain
from media_service.orchestrator.errors import Refused
from media_service.orchestrator.names.urls import Place

PUBLIC = "public"
LookUp = Callable[[str], Sequence[str]]
"""The addresses of a host. Blocks. Raises OSError."""


@dataclass(frozen=True)
class Entry:
    scheme: str
    host: str
    port: int | None
    folder: str | None = None


class Allowed:
    """Made of a setting. Raises ValueError for an entry that is none."""

    def __init__(self, text: str, look_up: LookUp = look_up) -> None:
        words = [word.strip() for word in text.split(",") if word.strip()]
        self._public = PUBLIC in words
        self._entries = [_entry(word) for word in words if word != PUBLIC]
        self._look_up = look_up

    def check(self, place: Place) -> None:
        """Blocks while a name is looked up. Raises `Refused`."""
        if place.scheme == "file":
            if not any(entry.folder and _lies_in(place.path, entry.folder) for entry in self._entries):
                raise Refused("files are not allowed here")
            return
        fitting = [entry for entry in self._entries if _fits(entry, place)]
        if any(_names(entry.host, place.host) for entry in fitting):
            return
        addresses = self._addresses(place.host)
        for address in addresses:
            by_public = self._public and is_public(address)
            if not by_public and not any(_holds(entry.host, address) for entry in fitting):
                shown = f"{place.scheme}://{place.host or '(any)'}"
                raise Refused(f"{shown} is not allowed here, or leads to an internal address")

    def names_servers_like(self, place: Place) -> bool:
        """An entry beside `public` is about servers of this kind, so that an internal one may be meant."""
        return any(_fits(entry, place) for entry in self._entries)

    def _addresses(self, host: str) -> list[Address]:
        if not host:
            return [ipaddress.IPv4Address("0.0.0.0")]
        try:
            return [ipaddress.ip_address(host)]
        except ValueError:
            pass
        try:
            found = [ipaddress.ip_address(text.partition("%")[0]) for text in self._look_up(host)]
        except (OSError, UnicodeError):
            found = []
        if not found:
            raise Refused(f"{host}: no such host is known")
        return found


def _entry(word: str) -> Entry:
    scheme, is_url, rest = word.partition("://")
    if not is_url or not rest or not (scheme == "*" or scheme.isalpha()):
        raise ValueError(f"{word!r} is neither public nor scheme://host, *://host or file:///folder/")
    if scheme == "file":
        if not rest.startswith("/") or not rest.endswith("/") or "\0" in rest:
            raise ValueError(f"{word!r}: a folder is file:///folder/")
        return Entry(scheme, "", None, rest)
    host, colon, port = rest.rpartition(":") if not rest.endswith("]") else (rest, "", "")
    if not colon or not port.isdigit():
        host, port = rest, ""
    host = host.replace("[", "").replace("]", "").lower()
    if "/" in host:
        ipaddress.ip_network(host)  # raises ValueError
    return Entry(scheme.lower(), host, int(port) if port else None)


def _fits(entry: Entry, place: Place) -> bool:
    return entry.folder is None and entry.scheme in ("*", place.scheme) and entry.port in (None, place.port)


def _names(pattern: str, host: str) -> bool:
    if pattern.startswith("*."):
        return host.endswith(pattern[1:])
    return pattern in ("*", host)


def _holds(pattern: str, address: Address) -> bool:
    try:
        return plain(address) in ipaddress.ip_network(pattern)
    except ValueError:
        return False


def _lies_in(path: str, folder: str) -> bool:
    """Also where the path leads through links."""
    return Path(path).resolve().is_relative_to(Path(folder).resolve())
