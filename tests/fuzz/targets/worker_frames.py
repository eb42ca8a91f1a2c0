"""What a speech service, or whoever stands in for it, sends to a worker."""

from collections.abc import Iterator

import orjson
from dubbing_protocol import TO_WORKER, FragmentProcessed
from good_payloads import GOOD
from media_service.sts.dub import Dub
from media_service.sts.fragment import Stream
from media_service.sts.frames import BadFrame, Event, FrameReader, Opened, Ping, event_frames
from media_service.sts.messages import MAX_TEXT, Unreadable, fragment_id_of, problem, read_result
from pydantic import ValidationError

from fuzz.feed import Feed, piece
from fuzz.promises import hold

EVENTS = tuple(TO_WORKER)
STREAM = Stream("s", "w", "en", "es")
RAW, NAMED = 0, 1
MOST_FRAMES = 12


def one(data: bytes) -> None:
    feed = Feed(data)
    if feed.number() % 2 == NAMED:
        name = EVENTS[feed.number() % len(EVENTS)]
        _heard([f'42["{name}",{feed.rest().decode("utf-8", "replace")}]'])
        return
    frames: list[str | bytes] = []
    while feed and len(frames) < MOST_FRAMES:
        part = feed.piece()
        frames.append(part[1:] if part.startswith(b"B") else part.decode("utf-8", "replace"))
    _heard(frames)


def _heard(frames: list[str | bytes]) -> None:
    reader = FrameReader()
    for frame in frames:
        try:
            packet = reader.read(frame)
        except BadFrame as bad:
            hold(len(str(bad)) < 100, "few words")
            return
        if isinstance(packet, Ping):
            hold(len(packet.answer) <= 101, "an answer no longer than needed")
        if isinstance(packet, Opened):
            hold(1 <= packet.silence_s <= 120, "no wait without an end")
        if isinstance(packet, Event):
            _event(packet)


def _event(event: Event) -> None:
    fragment_id_of(event.payload)
    model = TO_WORKER.get(event.name)
    if model is None:
        return
    try:
        if model is FragmentProcessed:
            _result(read_result(STREAM, event.payload))
        message = model.from_wire(event.payload)
    except Unreadable as wrong:
        hold(len(str(wrong)) <= 2 * MAX_TEXT, "few words")
        return
    except ValidationError as error:
        hold(len(problem(error)) <= MAX_TEXT, "few words")
        return
    wire = message.to_wire()
    hold(model.from_wire(wire) == message, "what was understood can be said again")
    reader = FrameReader()
    *_, again = [reader.read(frame) for frame in event_frames(event.name, wire)]
    hold(isinstance(again, Event) and model.from_wire(again.payload) == message, "and understood once more")


def _result(result: object) -> None:
    if isinstance(result, Dub):
        hold(isinstance(result.audio, bytes), "a dub is bytes")
        hold(all(isinstance(ms, int) for ms in result.stage_timings.values()), "times are numbers")


def seeds() -> Iterator[bytes]:
    for name, payload in GOOD.items():
        if name.startswith("< ") and name[2:] in TO_WORKER:
            text = orjson.dumps(payload)
            yield bytes([NAMED, EVENTS.index(name[2:])]) + text
    opened = b'0{"sid":"a","pingInterval":25000,"pingTimeout":10000}'
    yield bytes([RAW]) + b"".join(map(piece, (opened, b'40{"sid":"b"}', b"2", b"6", b"1")))
    with_sound = b'451-["fragment:processed",{"dubbed_audio":{"data":{"_placeholder":true,"num":0}}}]'
    yield bytes([RAW]) + piece(with_sound) + piece(b"Bsound")
    for text in (b'44{"code":"AUTH_FAILED"}', b"41", b"43", b'427["a",1]', b"42[" + b"[" * 900, b"2probe"):
        yield bytes([RAW]) + piece(text)
