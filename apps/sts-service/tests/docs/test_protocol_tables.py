"""The tables of docs/protocol.md are those of the code."""

import contextlib
import typing

import pytest
from dubbing_protocol import (
    ACTIONS,
    DELAYS_MS,
    ERRORS,
    TO_SERVER,
    TO_WORKER,
    TRANSITIONS,
    Audio,
    CloseReason,
    Message,
    SimulationRule,
    StreamInit,
)
from dubbing_protocol.fragment import MAX_SKIPPED_AT_ONCE
from pydantic import ValidationError
from sts_service.echo import EchoSettings
from sts_service.server import app, gateway, hub, order, packets, statistics, wire
from sts_service.server.connection import FOR_GOOD
from sts_service.server.flow import PressureGauge, Thresholds
from wire.payloads import changed, good_payload

from docs.fields import OWN_SECTION, rows_of
from docs.page import PROTOCOL, Row, section, sections

SERVER, WORKER = " from the server", " from the worker"

DEFAULTS = EchoSettings()


def table(title: str) -> list[Row]:
    return section(PROTOCOL, title).table()


def told_rows(title: str, last_column: str) -> list[tuple[str, str, str]]:
    return [(row["field"], row["type"], row[last_column]) for row in table(title)]


def named(direction: str) -> set[str]:
    titles = (found.title for found in sections(PROTOCOL) if found.level == 3)
    return {title.removesuffix(direction) for title in titles if title.endswith(direction)}


def test_every_event_has_its_section_and_no_other_has() -> None:
    assert named(WORKER) == set(TO_SERVER)
    assert named(SERVER) == set(TO_WORKER)


@pytest.mark.parametrize(("event", "model"), TO_SERVER.items())
def test_the_fields_of_what_a_worker_sends(event: str, model: type[Message]) -> None:
    assert told_rows(event + WORKER, "default") == rows_of(model, sent_by_server=False)


@pytest.mark.parametrize(("event", "model"), TO_WORKER.items())
def test_the_fields_of_what_the_server_sends(event: str, model: type[Message]) -> None:
    assert told_rows(event + SERVER, "present") == rows_of(model, sent_by_server=True)


@pytest.mark.parametrize(("event", "model"), TO_SERVER.items())
def test_null_is_absent_exactly_where_the_default_is_a_dash(event: str, model: type[Message]) -> None:
    good = good_payload(event) | ({"metadata": {}} if event == "fragment:data" else {})
    for row in table(event + WORKER):
        if "[]" in row["field"]:
            continue
        payload = changed(good, row["field"], None)
        with contextlib.nullcontext() if row["default"] == "–" else pytest.raises(ValidationError):
            model.from_wire(payload)


@pytest.mark.parametrize("value", ["6000", 6000.0, True])
def test_an_integer_has_no_quotes_and_no_fraction(value: object) -> None:
    good = good_payload("stream:init")
    StreamInit.from_wire(changed(good, "timeout_ms", 6000))
    with pytest.raises(ValidationError):
        StreamInit.from_wire(changed(good, "timeout_ms", value))


def test_the_fields_of_the_audio_object() -> None:
    assert told_rows("The audio object", "default") == rows_of(Audio, sent_by_server=False)


def test_every_type_that_a_table_names_is_in_the_legend() -> None:
    legend = {row["type"] for row in section(PROTOCOL, "Payloads in general").tables()[1]}
    assert OWN_SECTION.keys() == {Audio.__name__}
    used = {
        row["type"]
        for found in sections(PROTOCOL)
        if found.level == 3
        for rows in found.tables()
        for row in rows
        if "field" in row
    }
    words = {
        word for kind in used for word in legend | {"object", "boolean", "list"} if kind.startswith(word)
    }
    assert legend <= words | {"attachment", "fragment id"}
    for kind in used:
        literal = kind[0] in '"0123456789' or kind == "true"
        assert literal or any(kind.startswith(word) for word in words), kind


def test_the_error_table() -> None:
    told = [(row["code"], row["retryable"], row["severity"], row["when"]) for row in table_of_errors()]
    assert told == [
        (str(code), "yes" if kind.retryable else "no", kind.severity, kind.when)
        for code, kind in ERRORS.items()
    ]


def test_for_every_error_a_client_is_told_what_to_do() -> None:
    assert all(row["what to do"] for row in table_of_errors())


def table_of_errors() -> list[Row]:
    return table("Errors")


def test_the_states_and_what_may_follow_which() -> None:
    told = {
        row["state"]: {word for word in row["next"].split(", ") if word} for row in table("Session states")
    }
    assert told == {str(state): {str(later) for later in after} for state, after in TRANSITIONS.items()}


def test_the_levels_of_pressure() -> None:
    levels = Thresholds()
    rows, _ = section(PROTOCOL, "Flow control").tables()
    first = {"low": levels.low, "medium": levels.medium, "high": levels.high}
    last = {"low": levels.medium - 1, "medium": levels.high - 1, "high": levels.cap}
    told = [
        (row["in flight"], row["severity"], row["action"], int(row["recommended_delay_ms"])) for row in rows
    ]
    assert told == [
        (f"{first[severity]}-{last[severity]}", severity, ACTIONS[severity], DELAYS_MS[severity])
        for severity in ACTIONS
    ]


@pytest.mark.parametrize(("max_inflight", "medium_ends_at"), [(3, 2), (10, 2), (2, 1), (1, 0)])
def test_the_slack_of_the_levels_of_pressure(max_inflight: int, medium_ends_at: int) -> None:
    gauge = PressureGauge(Thresholds(), max_inflight)
    ends: dict[str, int] = {}
    gauge.update(10)
    for inflight in range(9, -1, -1):
        before = gauge.severity
        if gauge.update(inflight):
            ends[before] = inflight
    assert ends == {"high": 5, "medium": medium_ends_at}


def test_the_reasons_of_a_close_and_who_is_told_to_stay_away() -> None:
    told = {row["reason"]: row["41 follows"] for row in table("How a connection ends")}
    assert told == {reason: "yes" if reason in FOR_GOOD else "no" for reason in typing.get_args(CloseReason)}


def test_the_kinds_of_simulated_faults() -> None:
    annotation = SimulationRule.model_fields["kind"].annotation
    assert [row["kind"] for row in table("Error simulation")] == list(typing.get_args(annotation))


def test_the_limits() -> None:
    limits: list[tuple[float, str]] = [
        (gateway.MESSAGE_MAX_BYTES, ""),
        (DEFAULTS.fragment_max_bytes, "FRAGMENT_MAX_BYTES"),
        (packets.MAX_ATTACHMENTS, ""),
        (DEFAULTS.backpressure_threshold_critical, "BACKPRESSURE_THRESHOLD_CRITICAL"),
        (DEFAULTS.queue_max_depth, "QUEUE_MAX_DEPTH"),
        (DEFAULTS.fragment_rate_per_min, "FRAGMENT_RATE_PER_MIN"),
        (MAX_SKIPPED_AT_ONCE, ""),
        (order.SKIP_HORIZON, ""),
        (statistics.REMEMBERED, ""),
        (DEFAULTS.ws_max_connections, "WS_MAX_CONNECTIONS"),
        (DEFAULTS.ws_connect_rate_per_s, "WS_CONNECT_RATE_PER_S"),
        (app.HANDSHAKE_TIMEOUT_S, ""),
        (gateway.REFUSED_LINGER_S, ""),
        (DEFAULTS.idle_timeout_s, "IDLE_TIMEOUT_S"),
        (gateway.PING_TIMEOUT_S, ""),
        (wire.WRITE_TIMEOUT_S, ""),
        (wire.OUTBOX_MAX_BYTES, ""),
        (DEFAULTS.auto_disconnect_delay_s, "AUTO_DISCONNECT_DELAY_S"),
        (hub.DRAIN_S, ""),
    ]
    told = [(float(row["value"].split()[0].replace(",", "")), row["setting"]) for row in table("Limits")]
    assert told == limits


def test_the_base64_limit_as_an_attachment() -> None:
    rows = [row for row in table("Limits") if row["setting"] == "FRAGMENT_MAX_BYTES"]
    assert f"{DEFAULTS.fragment_max_bytes * 3 // 4:,} bytes as an attachment" in rows[0]["value"]
