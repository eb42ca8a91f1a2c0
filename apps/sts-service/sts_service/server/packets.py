"""Socket.IO packets: decoded so that nothing a client sends can raise, encoded fast.

Whatever arrives becomes a packet that the Socket.IO server can route: a good event as `FRAME` with the
event's name and arguments, anything else as `FRAME` with a `Malformed`. So a client cannot reach the
server's own handlers ("connect", "disconnect") by naming them either.
"""

import re
from dataclasses import dataclass
from typing import Any

import orjson
from socketio import packet

FRAME = "frame"
"""The one event name that the gateway handles."""

MAX_ATTACHMENTS = 4

UNREADABLE = object()
"""Stands for a payload that no JSON decoder takes: it is of no type that a message could have."""

_NAMED_EVENT = re.compile(r'2\d{0,20}\["([^"\\]{1,64})"\s*,')

_EVENTS = (packet.EVENT, packet.BINARY_EVENT)


@dataclass(frozen=True, slots=True)
class ClientEvent:
    """An event as it came, its payload not yet looked at."""

    name: str
    arguments: list[Any]


@dataclass(frozen=True, slots=True)
class Malformed:
    """Not a Socket.IO event."""

    problem: str


class Json:
    """The JSON module that python-socketio is given."""

    @staticmethod
    def dumps(value: object, **_: object) -> str:
        return orjson.dumps(value).decode()

    loads = staticmethod(orjson.loads)


class ServerPacket(packet.Packet):  # type: ignore[misc]
    """python-socketio's packet with a decoder for hostile input."""

    json = Json
    packet_type: int
    data: Any

    def __init__(
        self,
        packet_type: int = packet.EVENT,
        data: Any = None,
        namespace: str | None = None,
        id: int | None = None,
        binary: bool | None = None,
        encoded_packet: Any = None,
    ) -> None:
        # The base class skips decoding of what is falsy, and would search every payload for bytes.
        super().__init__(packet_type, data, namespace, id, binary=False)
        if encoded_packet is not None:
            self.attachment_count = self.decode(encoded_packet)

    def decode(self, encoded_packet: Any) -> int:
        if not isinstance(encoded_packet, str):
            return self._malformed("a binary attachment that no event announced")
        try:
            count: int = super().decode(encoded_packet)
        except (ValueError, RecursionError):
            return self._unreadable(encoded_packet)
        if self.packet_type in (packet.CONNECT, packet.DISCONNECT):
            return 0
        if self.packet_type not in _EVENTS:
            return self._malformed("not a packet that a client sends")
        if not isinstance(self.data, list) or not self.data or not isinstance(self.data[0], str):
            return self._malformed("an event is a list that begins with its name")
        if self.packet_type == packet.EVENT or count == 0:
            self.packet_type = packet.EVENT
            self._event(self.data)
            return 0
        if count > MAX_ATTACHMENTS:
            return self._malformed(f"over {MAX_ATTACHMENTS} attachments")
        return count

    def add_attachment(self, attachment: Any) -> bool:
        if not isinstance(attachment, bytes):
            self.data = [FRAME, Malformed("text where a binary attachment was announced")]
            return True
        self.attachments.append(attachment)
        if len(self.attachments) < self.attachment_count:
            return False
        try:
            self._event(_put_in(self.data, self.attachments))
        except (ValueError, RecursionError):
            self.data = [FRAME, Malformed("a placeholder without its attachment")]
        return True

    def _event(self, data: list[Any]) -> None:
        self.data = [FRAME, ClientEvent(data[0], data[1:])]

    def _unreadable(self, text: str) -> int:
        if self.packet_type == packet.CONNECT:
            self.data = None  # whoever sends unreadable credentials has sent none
            return 0
        named = _NAMED_EVENT.match(text)
        if named is None:
            return self._malformed("not a Socket.IO packet")
        self.packet_type = packet.EVENT
        self.data = [FRAME, ClientEvent(named[1], [UNREADABLE])]
        return 0

    def _malformed(self, problem: str) -> int:
        self.packet_type = packet.EVENT
        self.id = None
        self.data = [FRAME, Malformed(problem)]
        return 0


def encode_event(event: str, payload: dict[str, Any], attachment: bytes | None = None) -> list[str | bytes]:
    """The Engine.IO messages of one event; the payload holds a placeholder where the attachment belongs."""
    text = orjson.dumps([event, payload]).decode()
    if attachment is None:
        return ["2" + text]
    return ["51-" + text, attachment]


PLACEHOLDER = {"_placeholder": True, "num": 0}


def _put_in(value: Any, attachments: list[bytes]) -> Any:
    if isinstance(value, list):
        return [_put_in(item, attachments) for item in value]
    if not isinstance(value, dict):
        return value
    if value.get("_placeholder") is True:
        number = value.get("num")
        if type(number) is not int or not 0 <= number < len(attachments):
            raise ValueError("no such attachment")
        return attachments[number]
    return {key: _put_in(item, attachments) for key, item in value.items()}
