"""The layers under the events: WebSocket only, no compression, room for 50 MB, the ping times."""

import base64
from typing import Any

import pytest
from sts_service.echo import EchoServer
from wire.http import request
from wire.payloads import audio_payload, fragment_payload, sound
from wire.raw_client import RawClient, raw_connection, raw_worker
from wire.sio_client import SioClient, worker
from wire.worker import Worker

MB = 1024 * 1024
BASE64_LIMIT = 10 * MB
BINARY_LIMIT = BASE64_LIMIT * 3 // 4


@pytest.mark.parametrize("query", ["EIO=4&transport=polling", "EIO=4", "EIO=4&transport=carrier-pigeon"])
async def test_a_polling_handshake_is_refused_with_a_clear_error(echo: EchoServer, query: str) -> None:
    answer = await request(f"{echo.url}/socket.io/?{query}")
    assert answer.status == 400
    assert "websocket" in answer.text.lower()


async def test_a_polling_post_is_refused(echo: EchoServer) -> None:
    answer = await request(f"{echo.url}/socket.io/?EIO=4&transport=polling&sid=abc", "POST", b"40")
    assert answer.status == 400


async def test_the_open_packet_tells_the_ping_times(raw: RawClient) -> None:
    assert (raw.open_packet["pingInterval"], raw.open_packet["pingTimeout"]) == (25_000, 10_000)
    assert raw.open_packet["upgrades"] == []
    assert raw.open_packet.get("maxPayload", 50_000_000) >= 50_000_000


async def test_compression_is_not_negotiated(echo: EchoServer) -> None:
    async with raw_connection(echo.url, compression="deflate") as client:
        await client.handshake()
        await client.init()
        assert "Sec-WebSocket-Extensions" not in client.response_headers
        assert (await client.round_trip(0))["status"] == "success"


async def test_a_49_mb_fragment_is_too_large_and_the_connection_lives(echo: EchoServer) -> None:
    async with raw_worker(echo.url) as client:
        await client.init()
        text = "A" * (49_000_000 - 49_000_000 % 4)
        error = await client.refused(0, audio=audio_payload(b"") | {"data_base64": text})
        assert error["code"] == "FRAGMENT_TOO_LARGE"
        assert (await client.round_trip(0))["status"] == "success"


async def test_a_49_mb_message_of_something_else_is_answered(echo: EchoServer) -> None:
    async with raw_worker(echo.url) as client:
        await client.init()
        result = await client.round_trip(0, metadata={"note": "x" * 49_000_000})
        assert result["status"] == "success"


async def test_a_49_mb_attachment_is_too_large_and_the_connection_lives(echo: EchoServer) -> None:
    async with raw_worker(echo.url) as client:
        await client.init()
        error = await client.refused(0, audio=audio_payload(bytes(49_000_000), binary=True))
        assert error["code"] == "FRAGMENT_TOO_LARGE"
        assert (await client.round_trip(0))["status"] == "success"


async def too_large(client: Worker, audio: dict[str, Any]) -> None:
    error = await client.refused(0, audio=audio)
    assert error["code"] == "FRAGMENT_TOO_LARGE"
    assert (await client.round_trip(0))["status"] == "success"


async def test_base64_over_10_mb_is_too_large_and_the_connection_lives(active: SioClient) -> None:
    await too_large(active, audio_payload(b"") | {"data_base64": "A" * (BASE64_LIMIT + 4)})


async def test_an_attachment_over_three_quarters_of_that_is_too_large(active: SioClient) -> None:
    await too_large(active, audio_payload(bytes(BINARY_LIMIT + 1), binary=True))


async def test_10_mb_of_base64_come_back_bit_for_bit(active: SioClient) -> None:
    data = sound(1, BINARY_LIMIT)
    result = await active.result(await active.send_sound(0, data), timeout=10)
    assert base64.b64decode(result["dubbed_audio"]["data_base64"], validate=True) == data


async def test_the_largest_attachment_comes_back_bit_for_bit(active: SioClient) -> None:
    data = sound(2, BINARY_LIMIT)
    result = await active.result(await active.send_sound(0, data, binary=True), timeout=10)
    assert result["dubbed_audio"]["data"] == data


async def test_a_size_limit_is_that_of_the_setting() -> None:
    async with EchoServer(fragment_max_bytes=4096) as echo, worker(echo.url) as client:
        await client.init(max_inflight=10)
        # Base64 of 3072 bytes is exactly 4096.
        assert (await client.result(await client.send_sound(0, bytes(3072))))["status"] == "success"
        assert (await client.result(await client.send_sound(1, bytes(3072), binary=True)))[
            "status"
        ] == "success"
        for binary in (False, True):
            fragment_id = await client.send_sound(2, bytes(3073), binary=binary)
            assert (await client.answer("error", fragment_id))["code"] == "FRAGMENT_TOO_LARGE"


async def test_another_namespace_is_refused_and_harms_nothing(echo: EchoServer, active: SioClient) -> None:
    async with raw_connection(echo.url) as client:
        await client.send_text("40/admin,")
        await client.handshake()
        await client.init("other", "worker-b")
        assert (await client.round_trip(0))["status"] == "success"
    assert (await active.round_trip(0))["status"] == "success"


async def test_an_event_before_the_namespace_is_joined_is_not_heard(echo: EchoServer) -> None:
    async with raw_connection(echo.url) as client:
        await client.emit("fragment:data", fragment_payload(0))
        assert not client.all("fragment:ack")


async def test_a_ping_of_the_client_and_a_connection_request_keep_the_session(raw: RawClient) -> None:
    await raw.init()
    await raw.send_text("40")
    await raw.send_text("3")
    assert (await raw.round_trip(0))["status"] == "success"


async def test_a_result_does_not_wait_for_the_network_to_acknowledge_what_went_before_it(
    active: SioClient,
) -> None:
    """Two small writes in a row meet Nagle's algorithm unless it is switched off: some 40 ms each time."""
    quickest_s = 1.0
    for number in range(12):
        fragment_id = await active.accepted(number)
        acknowledged_at = active.arrivals[-1].at_s
        await active.result(fragment_id)
        quickest_s = min(quickest_s, active.arrivals[-1].at_s - acknowledged_at)
    assert quickest_s < 0.03
