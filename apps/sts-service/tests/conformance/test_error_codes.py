"""The error table: every code has its flag and its severity, told by the package and by the server."""

from dubbing_protocol.errors import ERRORS
from dubbing_protocol.schema import event_schema
from sts_service.echo import EchoServer
from wire.contract import ERROR_TABLE, Payload
from wire.payloads import audio_payload, fragment_payload, init_payload, rule
from wire.sio_client import SioClient, refusal, worker


def test_the_package_has_the_table_of_the_protocol_page() -> None:
    told = {str(code): (kind.retryable, kind.severity) for code, kind in ERRORS.items()}
    assert told == {code: tuple(row) for code, row in ERROR_TABLE.items()}


def test_the_published_schema_of_error_allows_every_code() -> None:
    schema = event_schema("error", "to_worker")
    assert set(schema["$defs"]["ErrorCode"]["enum"]) == set(ERROR_TABLE)


async def test_every_code_can_be_simulated(active: SioClient) -> None:
    codes = list(ERROR_TABLE)
    await active.simulate(*(rule("sequence_number", number, code) for number, code in enumerate(codes)))
    for number, code in enumerate(codes):
        result = await active.round_trip(number)
        assert result["status"] == "failed"
        assert (result["error"]["code"], result["error"]["retryable"]) == (code, ERROR_TABLE[code].retryable)
    assert (await active.round_trip(len(codes)))["status"] == "success"


def agrees(error: Payload, code: str) -> bool:
    """An `error` event of this code with the flag and the severity of its row."""
    row = ERROR_TABLE[code]
    return (error["code"], error["retryable"], error["severity"]) == (code, row.retryable, row.severity)


async def test_auth_failed_is_raised() -> None:
    # pragma: allowlist nextline secret
    async with EchoServer(sts_api_key="right") as echo:
        data = await refusal(echo.url, auth={"token": "wrong"})
        assert (data["code"], data["retryable"]) == ("AUTH_FAILED", False)


async def test_stream_not_found_is_raised(echo: EchoServer) -> None:
    async with worker(echo.url) as client:
        await client.send(0)
        assert agrees(await client.expect("error"), "STREAM_NOT_FOUND")


async def test_invalid_config_is_raised(echo: EchoServer) -> None:
    async with worker(echo.url) as client:
        await client.emit("stream:init", init_payload(channels=3))
        assert agrees(await client.expect("error"), "INVALID_CONFIG")


async def test_invalid_payload_is_raised(active: SioClient) -> None:
    await active.emit("fragment:data", fragment_payload(-1))
    assert agrees(await active.expect("error"), "INVALID_PAYLOAD")


async def test_invalid_audio_is_raised_as_a_failed_result(active: SioClient) -> None:
    result = await active.round_trip(0, audio=audio_payload(b"") | {"data_base64": "this is no base64!"})
    assert (result["error"]["code"], result["error"]["retryable"]) == ("INVALID_AUDIO", False)


async def test_fragment_too_large_is_raised() -> None:
    async with EchoServer(fragment_max_bytes=4096) as echo, worker(echo.url) as client:
        await client.init()
        error = await client.refused(0, audio=audio_payload(bytes(4096)))
        assert agrees(error, "FRAGMENT_TOO_LARGE")


async def test_invalid_sequence_is_raised(active: SioClient) -> None:
    assert agrees(await active.refused(10), "INVALID_SEQUENCE")


async def test_duplicate_fragment_is_raised(active: SioClient) -> None:
    await active.round_trip(0)
    assert agrees(await active.refused(0), "DUPLICATE_FRAGMENT")


async def test_stream_paused_is_raised(active: SioClient) -> None:
    await active.pause()
    assert agrees(await active.refused(0), "STREAM_PAUSED")


async def test_backpressure_exceeded_is_raised(holding: SioClient) -> None:
    for number in range(10):
        await holding.accepted(number)
    assert agrees(await holding.refused(10), "BACKPRESSURE_EXCEEDED")


async def test_queue_full_is_raised() -> None:
    async with (
        EchoServer(queue_max_depth=1, echo_processing_delay_ms=20_000) as echo,
        worker(echo.url) as client,
    ):
        await client.init(timeout_ms=30_000)
        await client.accepted(0)
        assert agrees(await client.refused(1), "QUEUE_FULL")


async def test_rate_limit_is_raised() -> None:
    async with EchoServer(fragment_rate_per_min=1) as echo, worker(echo.url) as client:
        await client.init()
        await client.round_trip(0)
        assert agrees(await client.refused(1), "RATE_LIMIT")


async def test_timeout_is_raised_as_a_failed_result(slow_echo: EchoServer) -> None:
    async with worker(slow_echo.url) as client:
        await client.init(timeout_ms=1000)
        result = await client.round_trip(0)
        assert (result["error"]["code"], result["error"]["retryable"]) == ("TIMEOUT", True)


async def test_cancelled_is_raised_as_a_failed_result(holding: SioClient) -> None:
    fragment_id = await holding.accepted(0)
    await holding.skip(0)
    result = await holding.result(fragment_id)
    assert (result["error"]["code"], result["error"]["retryable"]) == ("CANCELLED", False)


async def test_an_error_about_a_fragment_names_it_and_its_stream(active: SioClient) -> None:
    error = await active.refused(10, "too-far")
    assert (error["fragment_id"], error["stream_id"]) == ("too-far", active.stream_id)


async def test_every_error_has_its_own_id(active: SioClient) -> None:
    ids = {(await active.refused(10, f"too-far-{turn}"))["error_id"] for turn in range(5)}
    assert len(ids) == 5
