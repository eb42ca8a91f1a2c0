"""Any JSON at all as a payload is answered with an `error`; the connection lives and the session goes on."""

import json
from typing import Any

import pytest
from sts_service.echo import EchoServer
from wire.contract import TO_SERVER, Payload
from wire.payloads import fragment_payload, good_payload, rule
from wire.raw_client import RawClient, raw_worker
from wire.worker import same_sound

DEEP = 100_000

PAYLOADS: dict[str, str] = {
    "null": "null",
    "true": "true",
    "zero": "0",
    "minus one": "-1",
    "fraction": "1.5",
    "int of 400 digits": "9" * 400,
    "int of 10000 digits": "9" * 10_000,
    "float beyond double": "1e400",
    "tiny float": "-1e-400",
    "empty string": '""',
    "string": '"stream-a"',
    "control characters escaped": r'"\u0000\u001f\u007f"',
    "lone surrogate": r'"\ud800"',
    "swapped surrogates": r'"\udc00\ud800"',
    "empty list": "[]",
    "list": '[1, "a", null]',
    "empty object": "{}",
    "object of lone surrogates": r'{"\ud800": "\udfff"}',
    "huge int inside": '{"stream_id": ' + "9" * 400 + "}",
    "1e400 inside": '{"stream_id": 1e400}',
    "lone surrogate inside": r'{"stream_id": "\ud800"}',
    "deep lists": "[" * DEEP + "]" * DEEP,
    "deep objects": '{"a":' * DEEP + "1" + "}" * DEEP,
    "NaN": "NaN",
    "Infinity": "-Infinity",
    "repeated names": '{"stream_id": 1, "stream_id": 2}',
    "placeholder": '{"_placeholder": true, "num": 0}',
    "ten thousand names": "{" + ", ".join(f'"{number}": {number}' for number in range(10_000)) + "}",
}

EXPECTED_CODE = {"stream:init": "INVALID_CONFIG"}

SERVICE_EVENTS = [event for event in TO_SERVER if event != "config:error_simulation"]


async def still_serves(client: RawClient, sequence_number: int = 0) -> bool:
    return same_sound(await client.round_trip(sequence_number), sequence_number)


async def unexpected_answers(client: RawClient, event: str, code: str) -> dict[str, Payload]:
    """The payloads that are not answered with this code, and their answers."""
    unexpected = {}
    for name, payload in PAYLOADS.items():
        await client.emit_raw(event, payload)
        error = await client.expect("error")
        if error["code"] != code:
            unexpected[name] = error
    return unexpected


@pytest.mark.parametrize("event", SERVICE_EVENTS)
async def test_any_json_as_a_payload_is_answered_with_an_error(raw: RawClient, event: str) -> None:
    await raw.init()
    assert await unexpected_answers(raw, event, EXPECTED_CODE.get(event, "INVALID_PAYLOAD")) == {}
    assert await still_serves(raw)


@pytest.mark.parametrize("event", SERVICE_EVENTS)
async def test_any_json_before_stream_init_is_answered_with_an_error(raw: RawClient, event: str) -> None:
    assert await unexpected_answers(raw, event, EXPECTED_CODE.get(event, "STREAM_NOT_FOUND")) == {}
    await raw.init()
    assert await still_serves(raw)


async def test_any_json_as_a_simulation_is_answered_and_changes_nothing(raw: RawClient) -> None:
    await raw.init()
    await raw.simulate(rule("nth_fragment", 1, "GPU_OOM"))
    for name, payload in PAYLOADS.items():
        await raw.emit_raw("config:error_simulation", payload)
        answer = await raw.next_of("error", "config:error_simulation:ack")
        assert answer.get("status") == "error" or answer.get("code") == "INVALID_PAYLOAD", f"{name}: {answer}"
    assert (await raw.round_trip(0))["error"]["code"] == "GPU_OOM"


@pytest.mark.parametrize("path", ["sequence_number", "fragment_id", "audio", "metadata", "timestamp"])
async def test_any_json_in_a_field_of_a_fragment_gets_one_answer(raw: RawClient, path: str) -> None:
    """Some of it is a good value of some field; what is asked is one answer, whichever."""
    await raw.init(max_inflight=10)
    for number, (name, payload) in enumerate(PAYLOADS.items()):
        fragment = fragment_payload(number, fragment_id=f"odd-{number}") | {path: "MARK"}
        before = len(raw.arrivals)
        await raw.emit_raw("fragment:data", json.dumps(fragment).replace('"MARK"', payload))
        await raw.quiet(0)
        answers = [
            arrival.payload
            for arrival in raw.arrivals[before:]
            if arrival.event in {"error", "fragment:ack"}
            and not str(arrival.payload.get("fragment_id")).startswith("question-")
        ]
        assert len(answers) == 1, f"{name}: {answers}"
        await raw.skip(number)
    assert await still_serves(raw, len(PAYLOADS))


@pytest.mark.parametrize("event", SERVICE_EVENTS)
async def test_an_event_without_a_payload_is_answered_with_an_error(raw: RawClient, event: str) -> None:
    await raw.init()
    await raw.emit_raw(event, "")
    await raw.expect("error", code=EXPECTED_CODE.get(event, "INVALID_PAYLOAD"))
    assert await still_serves(raw)


@pytest.mark.parametrize("event", SERVICE_EVENTS)
async def test_an_event_with_two_payloads_is_answered_with_an_error(raw: RawClient, event: str) -> None:
    await raw.init()
    good = json.dumps(good_payload(event))
    await raw.emit_raw(event, f"{good}, {good}")
    await raw.expect("error", code=EXPECTED_CODE.get(event, "INVALID_PAYLOAD"))
    assert await still_serves(raw)


NO_SUCH_EVENTS = [
    "42[]",
    "42[1, {}]",
    "42[null]",
    "42[true, {}]",
    "42[[], {}]",
    '42[{"a": 1}]',
    '42["", {}]',
    '42["no:such:event", {"stream_id": "stream-a"}]',
    '42["no:such:event"]',
    '42["connect", {}]',
    '42["disconnect"]',
    '42["connect_error", {}]',
    '42["message", "hello"]',
    '42["*", {}]',
    r'42["\ud800", {}]',
    '42["stream:ready", {}]',
    '42["' + "e" * 100_000 + '", {}]',
]


async def test_an_event_that_the_protocol_does_not_have_is_answered_with_an_error(raw: RawClient) -> None:
    for code in ("STREAM_NOT_FOUND", "INVALID_PAYLOAD"):
        for packet in NO_SUCH_EVENTS:
            await raw.send_text(packet)
            error = await raw.expect("error")
            assert error["code"] == code, f"{packet[:40]}: {error}"
        if code == "STREAM_NOT_FOUND":
            await raw.init()
    assert await still_serves(raw)


@pytest.mark.parametrize("number", ["7", "-1", "1", '"0"', "0.5", "null", "true", "[]", "9" * 400, "1e400"])
async def test_a_placeholder_that_points_nowhere_is_answered_with_an_error(
    raw: RawClient, number: str
) -> None:
    await raw.init()
    payload = json.dumps(fragment_payload(0, audio={"data": "MARK"}))
    payload = payload.replace('"MARK"', '{"_placeholder": true, "num": ' + number + "}")
    await raw.send_text(f'451-["fragment:data", {payload}]')
    await raw.send_bytes(b"attachment")
    await raw.expect("error", code="INVALID_PAYLOAD")
    assert await still_serves(raw)


async def test_a_placeholder_without_any_attachment_is_answered_with_an_error(raw: RawClient) -> None:
    await raw.init()
    good = fragment_payload(0)
    good["audio"] = {**good["audio"], "data": {"_placeholder": True, "num": 0}}
    del good["audio"]["data_base64"]
    await raw.emit("fragment:data", good)
    await raw.expect("error", code="INVALID_PAYLOAD")
    assert await still_serves(raw)


BINARY_WHERE_NONE_BELONGS: list[tuple[str, Any]] = [
    ("stream:pause", b"payload"),
    ("stream:pause", {"stream_id": b"stream-a"}),
    ("stream:pause", {"stream_id": "stream-a", "reason": b"why"}),
    ("stream:end", {"stream_id": "stream-a", "reason": b"why"}),
    ("fragment:skip", {"stream_id": "stream-a", "sequence_numbers": b"\0"}),
    ("fragment:skip", {"stream_id": "stream-a", "sequence_numbers": [b"\0"]}),
    ("fragment:ack", {"fragment_id": b"x", "status": "applied", "timestamp": 1}),
    ("fragment:data", b"payload"),
    ("fragment:data", fragment_payload(0) | {"fragment_id": b"x"}),
    ("fragment:data", fragment_payload(0) | {"audio": b"x"}),
    ("fragment:data", fragment_payload(0) | {"metadata": b"x"}),
    ("fragment:data", fragment_payload(0, audio={**fragment_payload(0)["audio"], "data_base64": b"x"})),
]


async def test_an_attachment_where_none_belongs_is_answered_with_an_error(raw: RawClient) -> None:
    await raw.init()
    for event, payload in BINARY_WHERE_NONE_BELONGS:
        await raw.emit(event, payload)
        error = await raw.next_of("error", "fragment:ack")
        assert error.get("code") == "INVALID_PAYLOAD", f"{event} {payload}: {error}"
    assert await still_serves(raw)


async def test_an_attachment_in_a_field_nobody_knows_harms_nothing(raw: RawClient) -> None:
    await raw.init()
    await raw.emit("fragment:data", fragment_payload(0, metadata={"x_future": b"bytes"}))
    await raw.quiet()
    await raw.skip(0)
    assert await still_serves(raw, 1)


async def test_an_acknowledgement_that_the_client_asks_for_harms_nothing(raw: RawClient) -> None:
    await raw.send_text("4217" + json.dumps(["stream:init", good_payload("stream:init")]))
    await raw.expect("stream:ready")
    await raw.send_text("42" + "9" * 30 + json.dumps(["stream:pause", {"stream_id": "stream-a"}]))
    await raw.send_text('42" not a packet')
    await raw.resume()
    await raw.quiet()


async def test_a_thousand_wrong_events_cost_another_stream_nothing(echo: EchoServer, raw: RawClient) -> None:
    async with raw_worker(echo.url) as other:
        await other.init("other", "worker-b")
        await raw.init()
        for _ in range(1000):
            await raw.emit_raw("fragment:data", "null")
        for number in range(3):
            assert await still_serves(other, number)
        await raw.collect("error", 1000)
        assert await still_serves(raw)
