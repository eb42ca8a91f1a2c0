"""The published schemas and the models give the same verdict on good payloads and on spoiled ones."""

from typing import Any, get_args

import pytest
from dubbing_protocol import TO_SERVER, TO_WORKER, Message
from dubbing_protocol.schema import Direction
from good_payloads import GOOD
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from payload_samples import DROP, EVENTS, PAYLOADS, WRONG, places, put, spoiled
from pydantic import ValidationError
from schema_verdict import schema_allows

MODELS: dict[str, Any] = {"to_server": TO_SERVER, "to_worker": TO_WORKER}

# What a schema does not say, and the model does:
CROSS_FIELD = {"rule_value", "rule_code", "rule_delay"}
"""Rules of the simulation that hold between two fields."""
ATTACHMENT = "bytes_type"
"""`data` is a Socket.IO attachment; JSON has no bytes, so its schema allows whatever is not null."""

relaxed = settings(
    max_examples=60,
    deadline=None,
    print_blob=True,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.filter_too_much],
)


def model_problems(model: type[Message], payload: object) -> set[str]:
    """The kinds of problem that the model has with it."""
    try:
        model.from_wire(payload)
    except ValidationError as error:
        return {item["type"] for item in error.errors(include_url=False, include_input=False)}
    return set()


def check_agreement(direction: Direction, event: str, payload: object) -> None:
    problems = model_problems(MODELS[direction][event], payload)
    if ATTACHMENT not in problems:
        assert schema_allows(event, direction, payload) is (problems <= CROSS_FIELD), (problems, payload)


def test_every_event_has_samples() -> None:
    assert PAYLOADS.keys() == set(get_args(Direction)) == MODELS.keys()
    for direction, events in PAYLOADS.items():
        assert events.keys() == MODELS[direction].keys()


@pytest.mark.parametrize(("direction", "event"), EVENTS)
@relaxed
@given(data=st.data())
def test_a_good_payload_is_allowed_by_both_and_written_as_it_was_read(
    direction: Direction, event: str, data: st.DataObject
) -> None:
    model = MODELS[direction][event]
    payload: Any = data.draw(PAYLOADS[direction][event])
    assert model_problems(model, payload) == set()
    assert schema_allows(event, direction, payload)
    written = model.from_wire(payload).to_wire()
    assert schema_allows(event, direction, written)
    assert model.from_wire(written).to_wire() == written


@pytest.mark.parametrize(("direction", "event"), EVENTS)
@relaxed
@given(data=st.data())
def test_a_spoiled_payload_is_allowed_by_both_or_by_neither(
    direction: Direction, event: str, data: st.DataObject
) -> None:
    check_agreement(direction, event, data.draw(spoiled(PAYLOADS[direction][event])))


@pytest.mark.parametrize(("direction", "event"), EVENTS)
def test_both_agree_on_every_field_with_every_wrong_value(direction: Direction, event: str) -> None:
    whole = GOOD[f"{'>' if direction == 'to_server' else '<'} {event}"]
    for path in places(whole):
        for value in (DROP, *WRONG):
            if path[-1] != "async_delivery" or value != 1:  # see `spoiled`
                check_agreement(direction, event, put(whole, path, value))


def test_a_whole_number_is_written_without_a_fraction() -> None:
    """To JSON Schema 1.0 is a whole number too; no JSON encoder of a whole number writes it so."""
    payload: dict[str, Any] = {"stream_id": "a", "sequence_numbers": [1.0]}
    assert schema_allows("fragment:skip", "to_server", payload)
    assert model_problems(TO_SERVER["fragment:skip"], payload) == {"int_type"}


@pytest.mark.parametrize("direction", PAYLOADS)
def test_a_payload_is_an_object(direction: Direction) -> None:
    payloads: list[Any] = [None, [], "text", 1, True, [{}]]
    for event, model in MODELS[direction].items():
        for payload in payloads:
            assert model_problems(model, payload) == {"model_type"}
            assert not schema_allows(event, direction, payload)
