"""Engine.IO 4 and Socket.IO 5 on a WebSocket: the few packets that one client in the default namespace meets.

Written out because of what python-socketio's client does with a broken server: an unreadable packet ends its
reading task with a traceback and leaves the socket open, and its waits for the first packets have no end.
"""

from dataclasses import dataclass
from typing import Any

import orjson

MAX_VALUES = 50_000
"""In one packet. What makes a packet expensive to read is the number of its values, not its length."""


class BadFrame(ValueError):
    """Not what a Socket.IO server sends."""


@dataclass(frozen=True, eq=False)
class Event:
    name: str
    payload: Any


@dataclass(frozen=True)
class Opened:
    """The transport is open."""

    silence_s: float
    """A server that says nothing for longer is gone."""


@dataclass(frozen=True)
class Joined:
    """The namespace is connected."""


@dataclass(frozen=True, eq=False)
class JoinRefused:
    payload: Any


@dataclass(frozen=True)
class Ping:
    answer: str


@dataclass(frozen=True)
class Left:
    """The server ends the connection."""


Packet = Event | Opened | Joined | JoinRefused | Ping | Left


def join_frame(token: str | None) -> str:
    return "40" if token is None else "40" + orjson.dumps({"token": token}).decode()


def event_frames(name: str, payload: dict[str, Any]) -> list[str | bytes]:
    """An event; bytes in the payload become binary attachments."""
    attachments: list[bytes] = []

    def detach(value: object) -> dict[str, object]:
        if not isinstance(value, bytes):
            raise TypeError(f"{type(value).__name__} cannot be sent")
        attachments.append(value)
        return {"_placeholder": True, "num": len(attachments) - 1}

    text = orjson.dumps([name, payload], default=detach).decode()
    return [f"45{len(attachments)}-{text}" if attachments else "42" + text, *attachments]


class FrameReader:
    """Puts packets together; raises `BadFrame`."""

    def __init__(self) -> None:
        self._announced: list[Any] | None = None
        """An event whose attachments are on their way."""
        self._missing = 0
        self._attachments: list[bytes] = []

    def read(self, frame: str | bytes) -> Packet | None:
        """The packet that this frame completes; None where there is more to come, or nothing to do."""
        if isinstance(frame, bytes):
            return self._attach(frame)
        kind, rest = frame[:1], frame[1:]
        match kind:
            case "0":
                return _opened(_loads(rest))
            case "1":
                return Left()
            case "2":
                return Ping("3" + rest[:100])
            case "3" | "6":
                return None
            case "4":
                return self._message(rest)
        raise BadFrame("an unknown Engine.IO packet")

    def _message(self, text: str) -> Packet | None:
        if self._announced is not None:
            raise BadFrame("an attachment is missing")
        kind, rest = text[:1], text[1:]
        match kind:
            case "0":
                return Joined()
            case "1":
                return Left()
            case "2":
                return _event(_event_list(rest))
            case "3" | "6":
                return None
            case "4":
                return JoinRefused(_loads(rest) if rest else None)
            case "5":
                self._announce(rest)
                return None
        raise BadFrame("an unknown Socket.IO packet")

    def _announce(self, text: str) -> None:
        count, dash, rest = text.partition("-")
        if not dash or count not in ("1", "2", "3", "4"):
            raise BadFrame("a wrong number of attachments")
        self._announced, self._missing = _event_list(rest), int(count)

    def _attach(self, data: bytes) -> Event | None:
        if self._announced is None:
            raise BadFrame("an attachment that nothing announced")
        self._attachments.append(data)
        if len(self._attachments) < self._missing:
            return None
        event, attachments = self._announced, self._attachments
        self._announced, self._attachments = None, []
        return _event(_put_in(event, attachments))


def _loads(text: str) -> Any:
    if text.count(",") + text.count("[") + text.count("{") > MAX_VALUES:
        raise BadFrame("too many values")
    try:
        return orjson.loads(text)
    except ValueError:
        raise BadFrame("not JSON") from None


def _opened(data: Any) -> Opened:
    try:
        silence_ms = int(data["pingInterval"]) + int(data["pingTimeout"])
    except (TypeError, KeyError, ValueError, OverflowError):
        raise BadFrame("a wrong open packet") from None
    return Opened(min(max(silence_ms / 1000, 1.0), 120.0))


def _event_list(text: str) -> list[Any]:
    """The event's name and arguments, behind the number of an acknowledgement that we do not give."""
    data = _loads(text[text.find("[") :] if text[:1].isdigit() else text)
    if not isinstance(data, list) or not data or not isinstance(data[0], str):
        raise BadFrame("an event without a name")
    return data


def _event(data: list[Any]) -> Event:
    return Event(data[0], data[1] if len(data) > 1 else None)


def _put_in(value: Any, attachments: list[bytes]) -> Any:
    if isinstance(value, list):
        return [_put_in(item, attachments) for item in value]
    if not isinstance(value, dict):
        return value
    if value.get("_placeholder") is True:
        number = value.get("num")
        if type(number) is not int or not 0 <= number < len(attachments):
            raise BadFrame("a placeholder without its attachment")
        return attachments[number]
    return {key: _put_in(item, attachments) for key, item in value.items()}
