"""Below the events: whatever a client puts on the wire, the others notice nothing and nothing goes unhandled.

What happens to the connection that did it is the server's choice.
"""

import asyncio
import contextlib
import json

import pytest
from sts_service.echo import EchoServer
from wire.http import no_streams
from wire.payloads import fragment_payload
from wire.raw_client import RawClient, raw_connection, raw_worker
from wire.sio_client import worker

AWAITING = (
    '451-["fragment:data", '
    + json.dumps(fragment_payload(0, audio={"data": {"_placeholder": True, "num": 0}}))
    + "]"
)

GARBAGE: dict[str, list[str | bytes]] = {
    "an empty frame": [""],
    "an empty binary frame": [b""],
    "unknown Engine.IO types": ["7", "8", "9", "x", "\0", "é", "-1"],
    "Engine.IO types of the server": ["0", '0{"sid": "x"}', "2", "2probe", "5", "6"],
    "pongs that nobody asked for": ["3", "3probe", "3" + "x" * 10_000],
    "a message without a packet": ["4"],
    "unknown Socket.IO types": ["47", "48", "49", "4a", "4é", "4 2"],
    "packets of the server": [
        '44{"message": "no"}',
        "43[]",
        '431["x"]',
        "43999999999999999999[1]",
        '463-["x"]',
    ],
    "a namespace that does not end": ["42/", "42/" + "a" * 10_000, "40/,", "42/x,[]"],
    "no JSON": ["42{", "42[", '42["stream:init"', "42nothing", "42\0", "40{", "42[,]", "42[[[[[", '42"'],
    "a packet id that does not end": ["42" + "1" * 10_000, "42" + "1" * 10_000 + '["stream:init", {}]'],
    "digits of another script": ["42\u0663[]", "45\u0663-[]", "4\u0662[]"],
    "no JSON array": ["42{}", '42"stream:init"', "4217", "42null", "42true"],
    "an attachment that nobody announced": [b"bytes", b"\x04bytes", b"\0" * 100_000],
    "text while an attachment is awaited": [AWAITING, '42["stream:pause", {}]', b"late"],
    "a second binary packet while one is awaited": [AWAITING, AWAITING, b"one", b"two"],
    "fewer attachments than announced": ['453-["fragment:data", {}]', b"one"],
    "more attachments than announced": [AWAITING, b"one", b"two", b"three"],
    "no attachments announced": ['450-["fragment:data", {}]', b"one"],
    "absurd counts of attachments": [
        '45999999999-["x"]',
        '45-1-["x"]',
        '45-["x"]',
        '451["x"]',
        "45" + "9" * 5000 + "-[]",
    ],
    "a binary packet of no event": ["451-{}", b"one", "451-", b"one", "451-[]", b"one", '461-["x"]', b"one"],
    "joining again and again": ["40", "40", "40{}", "40/,{}"],
    "leaving and speaking on": ["41", '42["stream:pause", {}]', "41", "41/other,"],
    "closing and speaking on": ["1", '42["stream:pause", {}]'],
    "base64 packets of polling": ["bAAAA", "b====", "4b"],
    "two packets of polling in one frame": ['42["stream:pause",{}]\x1e42["stream:end",{}]'],
}


@pytest.mark.parametrize("name", GARBAGE)
async def test_garbage_on_the_wire_harms_nobody_else(echo: EchoServer, name: str) -> None:
    async with worker(echo.url) as bystander:
        await bystander.init("bystander", "worker-b")
        for turn, before in enumerate(("before joining", "after joining", "in a session")):
            async with raw_connection(echo.url) as client:
                if before != "before joining":
                    await client.handshake()
                if before == "in a session":
                    await client.init()
                for frame in GARBAGE[name]:
                    await (client.send_text(frame) if isinstance(frame, str) else client.send_bytes(frame))
                # Something after it, so that the server has certainly read the garbage.
                await client.emit("stream:resume", {"stream_id": "stranger"})
                with contextlib.suppress(TimeoutError):
                    await asyncio.wait_for(client.disconnected.wait(), 0.03)
                assert (await bystander.round_trip(turn))["status"] == "success"
    await no_streams(echo.url)


async def test_text_that_is_not_utf_8_harms_nobody_else(echo: EchoServer) -> None:
    async with worker(echo.url) as bystander, raw_worker(echo.url) as client:
        await bystander.init("bystander", "worker-b")
        await client.init()
        await client.send_bytes(b'42["stream:pause", "\xff\xfe"]', as_text=True)
        assert (await bystander.round_trip(0))["status"] == "success"
    await no_streams(echo.url)


async def test_connections_that_are_cut_leave_nothing(echo: EchoServer) -> None:
    async def cut_short(number: int) -> None:
        async with raw_connection(echo.url) as client:
            if number % 3:
                await client.handshake()
            if number % 3 == 2:
                await client.init(f"stream-{number}")
                await client.send(0)
            client.cut()

    await asyncio.gather(*(cut_short(number) for number in range(12)))
    await no_streams(echo.url)
    async with worker(echo.url) as client:
        await client.init()
        assert (await client.round_trip(0))["status"] == "success"


async def test_a_client_that_leaves_between_a_packet_and_its_attachment_leaves_nothing(
    echo: EchoServer,
) -> None:
    async with raw_worker(echo.url) as client:
        await client.init()
        await client.send_text(AWAITING)
        client.cut()
    await no_streams(echo.url)


async def test_a_session_after_an_event_of_broken_json_goes_on(raw: RawClient) -> None:
    await raw.init()
    await raw.emit_raw("stream:pause", "{]")
    await raw.expect("error", code="INVALID_PAYLOAD")
    assert (await raw.round_trip(0))["status"] == "success"
