"""What a worker, or anybody, sends to a speech service: packets of Socket.IO, events, their payloads."""

from collections.abc import Iterator

import orjson
from dubbing_protocol import TO_SERVER, field_errors
from good_payloads import GOOD
from pydantic import ValidationError
from sts_service.server.errors import claimed_ids
from sts_service.server.packets import FRAME, ClientEvent, Malformed, ServerPacket, encode_event

from fuzz.feed import Feed, piece
from fuzz.promises import hold

EVENTS = tuple(TO_SERVER)
RAW, NAMED = 0, 1
MOST_ATTACHMENTS = 6


def one(data: bytes) -> None:
    feed = Feed(data)
    if feed.number() % 2 == NAMED:
        name = EVENTS[feed.number() % len(EVENTS)]
        text = f'2["{name}",{feed.rest().decode("utf-8", "replace")}]'
        _event(_packet(text, []))
        return
    text = feed.piece().decode("utf-8", "surrogateescape" if feed.number() % 8 == 1 else "replace")
    attachments: list[bytes | str] = []
    while feed and len(attachments) < MOST_ATTACHMENTS:
        part = feed.piece()
        attachments.append(part.decode("latin-1") if part.startswith(b"T") else part)
    _event(_packet(text, attachments))


def _packet(text: str, attachments: list[bytes | str]) -> ServerPacket:
    packet = ServerPacket(encoded_packet=text)
    waiting = list(attachments)
    while packet.attachment_count > 0 and waiting and not packet.add_attachment(waiting.pop(0)):
        pass
    return packet


def _event(packet: ServerPacket) -> None:
    found = packet.data
    if packet.packet_type != 2 or not isinstance(found, list) or found[0] != FRAME:
        return
    hold(len(found) == 2 and isinstance(found[1], ClientEvent | Malformed), "an event, or why it is none")
    if isinstance(found[1], Malformed):
        hold(len(found[1].problem) < 200, "few words")
        return
    event: ClientEvent = found[1]
    payload = event.arguments[0] if event.arguments else None
    claimed_ids(payload)
    model = TO_SERVER.get(event.name)
    if model is None:
        return
    try:
        message = model.from_wire(payload)
    except ValidationError as error:
        hold(len(str(field_errors(error))) < 20_000, "an answer to wrong input is short")
        return
    wire = message.to_wire()
    hold(model.from_wire(wire) == message, "what was understood can be said again")
    if not _holds_bytes(wire):
        (sent,) = encode_event(event.name, wire)
        again = ServerPacket(encoded_packet=str(sent)).data[1]
        hold(model.from_wire(again.arguments[0]) == message, "and understood once more")


def _holds_bytes(value: object) -> bool:
    if isinstance(value, dict):
        return any(map(_holds_bytes, value.values()))
    return any(map(_holds_bytes, value)) if isinstance(value, list) else isinstance(value, bytes)


def seeds() -> Iterator[bytes]:
    for name, payload in GOOD.items():
        if name.startswith("> ") and name[2:] in TO_SERVER:
            text = orjson.dumps(payload)
            yield bytes([NAMED, EVENTS.index(name[2:])]) + text
            yield bytes([RAW]) + piece(b'2["%s",%s]' % (name[2:].encode(), text))
    placed = b'51-["fragment:data",{"audio":{"data":{"_placeholder":true,"num":0}}}]'
    yield bytes([RAW]) + piece(placed) + b"\0" + piece(b"sound")
    for text in (b"0", b'0{"token":"t"}', b"1", b'2/x,7["a"]', b"3", b"6-", b'52-["a"]', b"2[" + b"[" * 900):
        yield bytes([RAW]) + piece(text)
    yield bytes([RAW]) + piece(placed) + b"\1" + piece(b"Text")
