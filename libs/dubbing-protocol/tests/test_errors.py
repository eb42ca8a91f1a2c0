"""The error table of the page, row by row."""

import pytest
from dubbing_protocol import ERRORS, ErrorCode, StreamInit, field_errors
from pydantic import ValidationError

TABLE = """
| AUTH_FAILED                 | no  | fatal   |
| STREAM_NOT_FOUND            | no  | error   |
| INVALID_CONFIG              | no  | error   |
| INVALID_VOICE_PROFILE       | no  | error   |
| INVALID_PAYLOAD             | no  | error   |
| INVALID_AUDIO               | no  | error   |
| FRAGMENT_TOO_LARGE          | no  | error   |
| INVALID_SEQUENCE            | no  | error   |
| DUPLICATE_FRAGMENT          | no  | error   |
| STREAM_PAUSED               | yes | warning |
| BACKPRESSURE_EXCEEDED       | yes | warning |
| QUEUE_FULL                  | yes | warning |
| RATE_LIMIT                  | yes | warning |
| TIMEOUT                     | yes | error   |
| MODEL_ERROR                 | yes | error   |
| GPU_OOM                     | yes | error   |
| TRANSLATION_API_UNAVAILABLE | yes | error   |
| RATE_LIMIT_EXCEEDED         | yes | error   |
| SYNTHESIS_FAILED            | no  | error   |
| UNSUPPORTED_LANGUAGE        | no  | error   |
| DURATION_MISMATCH_EXCEEDED  | no  | error   |
| CANCELLED                   | no  | warning |
"""
ROWS = [[cell.strip() for cell in row.strip("| ").split("|")] for row in TABLE.strip().splitlines()]


@pytest.mark.parametrize(("code", "retryable", "severity"), ROWS, ids=[row[0] for row in ROWS])
def test_a_code_is_as_retryable_and_severe_as_the_table_says(
    code: str, retryable: str, severity: str
) -> None:
    kind = ERRORS[ErrorCode(code)]
    assert (kind.code, kind.retryable, kind.severity) == (code, retryable == "yes", severity)
    assert kind.when


def test_the_table_names_every_code_and_no_other() -> None:
    assert [code.value for code in ErrorCode] == list(ERRORS) == [row[0] for row in ROWS]


def problems(payload: object, limit: int = 20) -> list[dict[str, str]]:
    with pytest.raises(ValidationError) as wrong:
        StreamInit.from_wire(payload)
    return field_errors(wrong.value, limit)


def test_each_wrong_field_is_named_by_its_path() -> None:
    config = {"source_language": "en", "target_language": "?", "channels": 3}
    named = problems({"stream_id": "a b", "worker_id": "w", "config": config})
    assert [problem["field"] for problem in named] == [
        "stream_id",
        "config.target_language",
        "config.channels",
    ]
    assert all(problem["problem"] for problem in named)


def test_what_is_no_object_is_said_to_be_none() -> None:
    assert problems([1]) == [{"field": "(payload)", "problem": "must be an object"}]


def test_a_wrong_value_is_not_repeated() -> None:
    assert "hunter2" not in str(problems({"stream_id": "hunter2 hunter2", "worker_id": ["hunter2"]}))


def test_a_list_of_wrong_fields_is_bounded() -> None:
    assert len(problems({}, limit=2)) == 2
