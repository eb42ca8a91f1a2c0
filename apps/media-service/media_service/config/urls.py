"""Which parts of a URL are secret, and texts without them.

Secret are: user and password, the last part of an RTMP path after the application (the stream key), every
value of a query (SRT's `streamid` and `passphrase` are such), a fragment, and whatever follows a space
(librtmp's options).
"""

import json
import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from urllib.parse import quote, unquote

from media_service.config.places import NETWORK

HIDDEN = "***"

SHORTEST = 4
"""A shorter secret is hidden inside URLs only: anywhere else it would be a syllable of every other word."""

_TELLING = frozenset({"mode", "latency", "live", "timeout", "pbkeylen"})
"""Names of options whose values are hidden in a URL, but are no secrets in a text."""

_URL = re.compile(r"\b[a-z][a-z0-9+.-]*://[^\s\"'<>]*[^\s\"'<>.,:;!)]", re.IGNORECASE)
"""In a text; what ends a sentence does not belong to it."""
_SCHEME = re.compile(r"^[a-zA-Z][a-zA-Z0-9+.-]*$")
_LIKE_A_URL = re.compile(r"^[^/]*:.*@|^[a-zA-Z][a-zA-Z0-9+.-]+:", re.DOTALL)
"""A URL without its `//`, or without its scheme: somebody's mistake, with a key in it all the same."""
_SPACE = re.compile(r"\s")
_AUTHORITY = re.compile(r"^(\[[^\]]*\]|[^:@\[\]]*)(:\d*)?$")


@dataclass
class _Parts:
    """A URL taken apart: what may be shown, and what may not."""

    shown: str
    secrets: list[str] = field(default_factory=list)

    def hide(self, secret: str, *, before: str = "", after: str = "", is_secret: bool = True) -> None:
        if secret:
            self.shown += before + HIDDEN + after
            if is_secret:
                self.secrets.append(secret)


def mask(url: str) -> str:
    """The URL as it may be shown; what is no URL (a path) stays as it is."""
    return _take_apart(url).shown


def scrub(text: str, urls: Iterable[str]) -> str:
    """The text without any secret part of these URLs, and with every other URL in it masked."""
    return concealer(urls)(text)


def concealer(
    urls: Iterable[str], secrets: Iterable[str] = (), *, public: Iterable[str] = ()
) -> Callable[[str], str]:
    """`scrub` for many texts; `secrets` are more words that nobody may read, `public` some that all may."""
    urls = [url for url in urls if "://" in url]
    whole = _any_of(urls)
    known = set(public)
    words = [word for url in urls for word in _take_apart(url).secrets if word not in known] + list(secrets)
    forms = {form for word in words for form in _forms(word) if len(form) >= SHORTEST}
    alone = _any_of(forms)

    def conceal(text: str) -> str:
        if "://" in text:
            text = whole.sub(_masked, text)
            text = _URL.sub(_masked, text)
        return alone.sub(HIDDEN, text)

    return conceal


def _masked(found: "re.Match[str]") -> str:
    return mask(found[0])


def _any_of(texts: Iterable[str]) -> "re.Pattern[str]":
    # The longest first: a secret may begin with another.
    ordered = sorted(set(texts), key=lambda text: (-len(text), text))
    return re.compile("|".join(map(re.escape, ordered)) or r"(?!)")


def _forms(secret: str) -> Iterator[str]:
    """As a library or a formatter may quote it."""
    plain = unquote(secret)
    # A file's name or a variable may hold bytes that are no text; they are half characters here.
    for form in (secret, plain, *(quote(plain, safe, errors="surrogatepass") for safe in ("/", ""))):
        yield form
        yield json.dumps(form)[1:-1]
        yield json.dumps(form, ensure_ascii=False)[1:-1]


def _take_apart(url: str) -> _Parts:
    scheme, is_url, rest = url.partition("://")
    if not is_url or not _SCHEME.match(scheme):
        return _Parts(HIDDEN if _LIKE_A_URL.match(url) else url)
    if scheme.lower() == "file":
        return _Parts(url)
    parts = _Parts(scheme + is_url)
    credentials, rest = _without_credentials(rest, needs_path=scheme.lower().startswith("rt"))
    is_clear = NETWORK.match(url) is not None and not re.search(r"[/?#]", credentials)
    if _SPACE.search(credentials) or ("@" in rest and not is_clear):
        # A password with such signs in it, or options and queries: where the host stands nobody can tell.
        parts.hide(credentials + "@" + rest)
        parts.secrets += [credentials, rest, *_SPACE.split(credentials), *_SPACE.split(rest)]
        return parts
    if credentials:
        parts.hide(credentials, after="@", is_secret=False)
        user, _, password = credentials.partition(":")
        parts.secrets += [credentials, user, password]
    space = _SPACE.search(rest)
    rest, options = (rest[: space.start()], rest[space.start() :]) if space else (rest, "")
    authority, path, query = _divided(rest)
    if _AUTHORITY.match(authority):
        parts.shown += authority
    else:
        parts.hide(authority)
    _hide_key(parts, path, is_rtmp=scheme.lower().startswith("rtmp"))
    _hide_query(parts, query)
    parts.hide(options.strip(), before=" ")
    return parts


def _split(text: str, marks: str) -> tuple[str, str]:
    """Before the first of these marks, and the rest from it on."""
    at = min((at for at in map(text.find, marks) if at >= 0), default=len(text))
    return text[:at], text[at:]


def _divided(rest: str) -> tuple[str, str, str]:
    """Authority, path, and query or fragment."""
    rest, query = _split(rest, "?#")
    authority, path = _split(rest, "/")
    return authority, path, query


def _without_credentials(rest: str, *, needs_path: bool) -> tuple[str, str]:
    """User and password, and what follows. A password may hold an unquoted `/`, `?`, `#` or `@`."""
    end = 0
    while True:
        authority, path, query = _divided(rest[end:])
        in_query = "@" in query and (query[0] == "#" or (needs_path and not path))
        if "@" in authority:
            end += authority.rindex("@") + 1
        elif "@" in path or in_query or ("@" in query and not _AUTHORITY.match(authority)):
            end = rest.index("@", end) + 1
        else:
            return rest[: max(end - 1, 0)], rest[end:]


def _hide_key(parts: _Parts, path: str, *, is_rtmp: bool) -> None:
    trimmed = path.rstrip("/")
    before, _, key = trimmed.rpartition("/")
    if is_rtmp and before.strip("/"):
        parts.shown += before
        parts.hide(key, before="/", after=path[len(trimmed) :])
    else:
        parts.shown += path


def _hide_query(parts: _Parts, query: str) -> None:
    mark, pairs = query[:1], query[1:]
    if mark != "?":
        parts.hide(pairs, before=mark)
        return
    for pair in pairs.split("&"):
        name, has_value, value = pair.partition("=")
        if has_value and re.fullmatch(r"[\w.-]{1,32}", name):
            parts.shown += f"{mark}{name}="
            parts.hide(value, is_secret=name.lower() not in _TELLING)
        else:
            parts.hide(pair, before=mark)
        mark = "&"
