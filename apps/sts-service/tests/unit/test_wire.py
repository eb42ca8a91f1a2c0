"""The screen in front of Engine.IO and the bound behind it."""

import asyncio
from typing import Any

import pytest
from engineio.packet import MESSAGE, Packet
from sts_service.server import wire
from sts_service.server.wire import (
    ABORT_EXTENSION,
    NOT_AN_EVENT,
    OUTBOX_MAX_BYTES,
    WIRE_KEY,
    Guard,
    Outbox,
    OutboxFull,
    Receive,
    Wire,
    refuse_upgrade,
)

LIMIT_S = 5.0

HALF = Packet(MESSAGE, data=b"x" * (OUTBOX_MAX_BYTES // 2))


class Sent:
    """Takes what would go to the web server."""

    def __init__(self) -> None:
        self.events: list[Any] = []

    async def __call__(self, event: Any) -> None:
        self.events.append(event)


def a_wire(*texts: str | bytes, abort: Any = None, send: Any = None, admitted: bool = False) -> Wire:
    waiting = [
        {"type": "websocket.receive", "text" if isinstance(text, str) else "bytes": text} for text in texts
    ]

    async def receive() -> Any:
        return waiting.pop(0)

    made = Wire({"extensions": {ABORT_EXTENSION: {"abort": abort}}}, receive, send or Sent())
    made.admitted = admitted
    return made


async def test_an_outbox_is_bounded_by_the_bytes_in_it() -> None:
    outbox = Outbox()
    for _ in range(3):
        await outbox.put(HALF)
    with pytest.raises(OutboxFull):
        outbox.put_nowait(Packet(MESSAGE, data="one more"))
    assert outbox.qsize() == 3


async def test_a_message_of_any_size_fits_into_an_empty_outbox() -> None:
    outbox = Outbox()
    await outbox.put(Packet(MESSAGE, data=b"x" * (OUTBOX_MAX_BYTES + 1)))
    assert outbox.qsize() == 1


async def test_what_is_taken_makes_room() -> None:
    outbox = Outbox()
    for _ in range(3):
        outbox.put_nowait(HALF)
    assert await outbox.get() is HALF
    outbox.put_nowait(HALF)
    assert outbox.qsize() == 3


async def test_the_sign_to_close_fits_into_a_full_outbox() -> None:
    outbox = Outbox()
    outbox.put_nowait(Packet(MESSAGE, data=b"x" * (OUTBOX_MAX_BYTES + 1)))
    outbox.put_nowait(None)
    assert outbox.qsize() == 2


@pytest.mark.parametrize(
    ("frame", "before", "after"),
    [
        ("40", True, True),
        ('42["stream:init",{}]', True, True),
        ('451-["fragment:data",{}]', False, True),
        ("41", True, True),
        ("1", True, True),
        ("3", True, True),
        (b"attachment", False, True),
        ("", False, False),
        ("4", False, False),
        ("4x", False, False),
        ("4²", False, False),
        ("2", False, False),
        ("2probe", False, False),
        ("3probe", False, False),
        ("0{}", False, False),
        ("5", False, False),
        ("6", False, False),
        ("bAAAA", False, False),
        ("nonsense", False, False),
    ],
)
@pytest.mark.parametrize("admitted", [False, True])
async def test_only_readable_frames_reach_engine_io(
    frame: str | bytes, before: bool, after: bool, admitted: bool
) -> None:
    event = await a_wire(frame, admitted=admitted).receive()
    passed = event.get("text", event.get("bytes")) == frame
    assert passed is (after if admitted else before)
    assert passed or event == {"type": "websocket.receive", "text": NOT_AN_EVENT}


async def test_what_is_no_frame_passes() -> None:
    async def receive() -> Any:
        return {"type": "websocket.disconnect", "code": 1001}

    assert (await Wire({}, receive, Sent()).receive())["code"] == 1001


async def test_a_peer_that_takes_nothing_is_cut(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(wire, "WRITE_TIMEOUT_S", 0.0)
    cut = asyncio.Event()

    async def stuck(_: Any) -> None:
        await cut.wait()

    await asyncio.wait_for(a_wire(abort=cut.set, send=stuck).send({"type": "websocket.send"}), LIMIT_S)
    assert cut.is_set()


async def test_a_peer_that_takes_what_it_is_sent_is_not_cut(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(wire, "WRITE_TIMEOUT_S", 0.0)
    cut, sent = asyncio.Event(), Sent()
    await a_wire(abort=cut.set, send=sent).send({"type": "websocket.send", "text": "42"})
    await asyncio.sleep(0)
    assert sent.events == [{"type": "websocket.send", "text": "42"}]
    assert not cut.is_set()


async def test_a_write_that_fails_leaves_no_timer_behind(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(wire, "WRITE_TIMEOUT_S", 0.0)
    cut = asyncio.Event()

    async def broken(_: Any) -> None:
        raise ConnectionResetError

    with pytest.raises(ConnectionResetError):
        await a_wire(abort=cut.set, send=broken).send({"type": "websocket.send"})
    await asyncio.sleep(0)
    assert not cut.is_set()


def test_a_web_server_that_cannot_abort_is_left_alone() -> None:
    Wire({}, a_wire().receive, Sent()).abort()


class House:
    """An app whose connections stay until they are told to go."""

    def __init__(self) -> None:
        self.inside: list[Wire] = []
        self.came = asyncio.Event()
        self.go = asyncio.Event()
        self.admits = True

    async def __call__(self, scope: Any, receive: Receive, send: Any) -> None:
        visitor: Wire = scope[WIRE_KEY]
        visitor.admitted = self.admits
        self.inside.append(visitor)
        self.came.set()
        await self.go.wait()


def visit(guard: Guard, sent: Sent, abort: Any = None) -> "asyncio.Task[None]":
    scope = {"type": "websocket", "extensions": {ABORT_EXTENSION: {"abort": abort}}}
    return asyncio.create_task(guard(scope, a_wire().receive, sent))


async def test_a_guard_lets_in_so_many_and_refuses_the_next_with_503() -> None:
    house = House()
    guard, refused = Guard(house, 2, handshake_timeout_s=LIMIT_S), Sent()
    inside = [visit(guard, Sent()) for _ in range(2)]
    await asyncio.wait_for(house.came.wait(), LIMIT_S)
    await visit(guard, refused)
    house.go.set()
    await asyncio.gather(*inside)
    assert len(house.inside) == 2
    assert [event.get("status") for event in refused.events] == [503, None]
    assert refused.events[1]["body"] == b"too many connections\n"
    await visit(guard, Sent())
    assert len(house.inside) == 3


async def test_a_closed_guard_lets_nobody_in() -> None:
    house, refused = House(), Sent()
    guard = Guard(house, 2, handshake_timeout_s=LIMIT_S)
    guard.closed = True
    await visit(guard, refused)
    assert house.inside == []
    assert refused.events[0]["status"] == 503
    assert refused.events[1]["body"] == b"the server is shutting down\n"


async def test_a_connection_that_does_not_finish_its_handshake_is_cut() -> None:
    house = House()
    house.admits = False
    await asyncio.wait_for(visit(Guard(house, 2, handshake_timeout_s=0.0), Sent(), house.go.set), LIMIT_S)
    assert len(house.inside) == 1


async def test_an_admitted_connection_is_not_cut_after_the_handshake_s_time() -> None:
    house, cut = House(), asyncio.Event()
    visitor = visit(Guard(house, 2, handshake_timeout_s=0.0), Sent(), cut.set)
    await asyncio.wait_for(house.came.wait(), LIMIT_S)
    await asyncio.sleep(0.01)
    house.go.set()
    await visitor
    assert not cut.is_set()


async def test_a_guard_waits_until_all_are_gone() -> None:
    house = House()
    guard = Guard(house, 2, handshake_timeout_s=LIMIT_S)
    await asyncio.wait_for(guard.all_gone(LIMIT_S), LIMIT_S)
    inside = [visit(guard, Sent()) for _ in range(2)]
    await asyncio.wait_for(house.came.wait(), LIMIT_S)
    await guard.all_gone(timeout_s=0.0)
    assert not any(visitor.done() for visitor in inside)
    waiting = asyncio.create_task(guard.all_gone(LIMIT_S))
    await asyncio.sleep(0)
    assert not waiting.done()
    house.go.set()
    await asyncio.wait_for(waiting, LIMIT_S)
    await asyncio.gather(*inside)


async def test_a_connection_that_fails_frees_its_place() -> None:
    async def broken(*_: Any) -> None:
        raise RuntimeError("broken")

    guard = Guard(broken, 1, handshake_timeout_s=LIMIT_S)
    for _ in range(3):
        with pytest.raises(RuntimeError):
            await visit(guard, Sent())


async def test_a_refused_upgrade_is_a_readable_http_answer() -> None:
    sent = Sent()
    await refuse_upgrade(sent, 404, "not found")
    start, body = sent.events
    assert (start["type"], start["status"]) == ("websocket.http.response.start", 404)
    assert dict(start["headers"])[b"content-type"].startswith(b"text/plain")
    assert (body["type"], body["body"]) == ("websocket.http.response.body", b"not found\n")
