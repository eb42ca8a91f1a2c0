"""The published JSON Schemas, read as a stranger would."""

from typing import Any

import jsonschema
import pytest
from dubbing_protocol.schema import event_schema
from wire.contract import TO_SERVER, TO_WORKER
from wire.payloads import audio_payload, fragment_payload, good_payload, without


@pytest.mark.parametrize("event", TO_SERVER)
def test_every_event_of_a_worker_has_a_schema_that_takes_a_good_payload(event: str) -> None:
    schema = event_schema(event, "to_server")
    jsonschema.Draft202012Validator.check_schema(schema)
    jsonschema.Draft202012Validator(schema).validate(good_payload(event))


@pytest.mark.parametrize("event", TO_WORKER)
def test_every_event_of_the_server_has_a_schema_that_refuses_nonsense(event: str) -> None:
    schema = event_schema(event, "to_worker")
    jsonschema.Draft202012Validator.check_schema(schema)
    validator = jsonschema.Draft202012Validator(schema)
    nonsense: list[Any] = [None, 1, "x", [], {}]
    assert not any(map(validator.is_valid, nonsense))


@pytest.mark.parametrize(
    "path", ["fragment_id", "stream_id", "sequence_number", "timestamp", "audio", "audio.format"]
)
def test_the_schema_of_a_fragment_asks_for_its_fields(path: str) -> None:
    validator = jsonschema.Draft202012Validator(event_schema("fragment:data", "to_server"))
    assert not validator.is_valid(without(fragment_payload(0), path))


def test_the_schema_of_a_fragment_takes_an_attachment() -> None:
    validator = jsonschema.Draft202012Validator(event_schema("fragment:data", "to_server"))
    assert validator.is_valid(fragment_payload(0, audio=audio_payload(b"bytes", binary=True)))
