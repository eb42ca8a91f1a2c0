"""The judge: what a server may never say, whatever the test is about."""

import functools
import json
import uuid
from collections import Counter
from typing import Any

import jsonschema
from dubbing_protocol.schema import event_schema

from wire.contract import CLOSE_REASONS, ERROR_TABLE, PRESSURE, TO_WORKER, Payload

complaints: list[str] = []
"""Everything found wrong in the running test; `watch` empties it before and reads it after."""


def judge(event: str, arguments: tuple[Any, ...]) -> list[str]:
    """What is wrong with one event by itself."""
    if event not in TO_WORKER:
        return [f"{event!r} is not an event of the protocol"]
    if len(arguments) != 1:
        return [f"{event} carries {len(arguments)} arguments instead of one payload"]
    payload = arguments[0]
    found = [
        f"{event}{_path(error)}: {_short(error.message)}" for error in _validator(event).iter_errors(payload)
    ]
    if not found:
        found = [f"{event}: {problem}" for problem in _beyond_schema(event, payload)]
    return found


def judge_error(error: Payload, *, with_severity: bool, exempt: frozenset[str] = frozenset()) -> list[str]:
    """Whether `retryable` and severity are those of the code's row; `exempt` codes were told otherwise."""
    code = error.get("code")
    row = ERROR_TABLE.get(str(code))
    if row is None:
        return [f"error code {code!r} is not in the table"]
    found = []
    if error.get("retryable") is not row.retryable and code not in exempt:
        found.append(f"{code} says retryable {error.get('retryable')!r}, its row says {row.retryable}")
    if with_severity and error.get("severity") != row.severity:
        found.append(f"{code} says severity {error.get('severity')!r}, its row says {row.severity}")
    return found


class Conversation:
    """One connection as its client hears it: the promises that hold from one event to the next."""

    def __init__(self, name: str) -> None:
        self._name = name
        self._closed = False
        self._completed = False
        self._unanswered: set[str] = set()
        self._last_status: dict[str, str] = {}
        self._last_sequence = -1
        self._severity = "low"
        self._own_flags: frozenset[str] = frozenset()
        self._simulates_pressure = False
        self._loses_results = False

    def simulating(self, configuration: Any) -> None:
        """The client asks for faults: these are not the server's own."""
        if not isinstance(configuration, dict):
            return
        rules = [entry for entry in configuration.get("rules") or [] if isinstance(entry, dict)]
        self._own_flags |= {str(entry.get("error_code")) for entry in rules if "retryable" in entry}
        self._simulates_pressure |= bool(configuration.get("backpressure"))
        self._loses_results |= any(entry.get("kind") in {"drop", "disconnect"} for entry in rules)

    def hear(self, event: str, arguments: tuple[Any, ...]) -> None:
        found = judge(event, arguments) or self._in_context(event, arguments[0])
        if self._closed:
            found.append(f"{event} after stream:closed")
        if event == "stream:closed":
            self._closed = True
        complaints.extend(f"{self._name}: {problem}" for problem in found)

    def _in_context(self, event: str, payload: Payload) -> list[str]:
        match event:
            case "error":
                return judge_error(payload, with_severity=True)
            case "fragment:ack":
                return self._acknowledged(payload["fragment_id"])
            case "fragment:processed":
                return self._processed(payload)
            case "backpressure":
                return self._pressure(payload)
            case "stream:complete":
                return self._complete(payload)
        return []

    def _acknowledged(self, fragment_id: str) -> list[str]:
        if fragment_id in self._unanswered:
            return [f"{fragment_id} accepted a second time before it was answered"]
        self._unanswered.add(fragment_id)
        return []

    def _processed(self, payload: Payload) -> list[str]:
        fragment_id, sequence_number = payload["fragment_id"], payload["sequence_number"]
        found = []
        if fragment_id not in self._unanswered:
            found.append(f"result of {fragment_id}, which is not acknowledged or answered already")
        self._unanswered.discard(fragment_id)
        if fragment_id not in self._last_status:
            if sequence_number <= self._last_sequence:
                found.append(f"result {sequence_number} after result {self._last_sequence}")
            self._last_sequence = max(self._last_sequence, sequence_number)
        self._last_status[fragment_id] = payload["status"]
        if self._completed:
            found.append(f"result of {fragment_id} after stream:complete")
        if payload["status"] == "failed":
            found += judge_error(payload["error"], with_severity=False, exempt=self._own_flags)
        return found

    def _pressure(self, payload: Payload) -> list[str]:
        severity, before, self._severity = payload["severity"], self._severity, payload["severity"]
        if self._simulates_pressure:
            return []
        found = []
        if severity == before:
            found.append(f"backpressure {severity} announced while it was {before} already")
        if (payload["action"], payload["recommended_delay_ms"]) != PRESSURE[severity]:
            found.append(
                f"backpressure {severity} with {payload['action']}, {payload['recommended_delay_ms']} ms"
            )
        return found

    def _complete(self, payload: Payload) -> list[str]:
        found = ["a second stream:complete"] if self._completed else []
        self._completed = True
        counts = {name: payload["statistics"][f"{name}_count"] for name in ("success", "partial", "failed")}
        if sum(counts.values()) != payload["total_fragments"]:
            found.append(f"statistics {counts} do not add up to {payload['total_fragments']} fragments")
        if self._loses_results:
            return found
        if self._unanswered:
            found.append(f"stream:complete before the answers to {sorted(self._unanswered)}")
        heard = Counter(self._last_status.values())
        if any(heard[name] != count for name, count in counts.items()):
            found.append(f"statistics say {counts}, the worker heard {dict(heard)}")
        return found


def _beyond_schema(event: str, payload: Payload) -> list[str]:
    found = [
        f"{name} {payload[name]!r} is not a UUID"
        for name in ("error_id", "session_id")
        if name in payload and not _is_uuid(payload[name])
    ]
    if event == "stream:closed" and payload["reason"] not in CLOSE_REASONS:
        found.append(f"reason {payload['reason']!r}")
    if event == "fragment:processed":
        failed = payload["status"] == "failed"
        if failed is not (payload.get("error") is not None):
            found.append(f"status {payload['status']} with error {payload.get('error')!r}")
        if not failed and payload.get("dubbed_audio") is None:
            found.append(f"status {payload['status']} without dubbed_audio")
    audio = payload.get("dubbed_audio")
    in_kind = not isinstance(audio, dict) or (
        not isinstance(audio.get("data_base64"), bytes) and isinstance(audio.get("data", b""), bytes)
    )
    if not in_kind:
        found.append("dubbed_audio has its bytes in data_base64 or something else in data")
    if _has_bytes({**payload, "dubbed_audio": None}):
        found.append("bytes outside of dubbed_audio")
    return found


def _has_bytes(value: Any) -> bool:
    if isinstance(value, dict):
        return any(map(_has_bytes, value.values()))
    if isinstance(value, list):
        return any(map(_has_bytes, value))
    return isinstance(value, bytes)


def _is_uuid(value: Any) -> bool:
    try:
        return str(uuid.UUID(value)) == str(value).lower()
    except (ValueError, AttributeError, TypeError):
        return False


@functools.cache
def _validator(event: str) -> jsonschema.Draft202012Validator:
    schema = event_schema(event, "to_worker")
    jsonschema.Draft202012Validator.check_schema(schema)
    return jsonschema.Draft202012Validator(schema)


def _path(error: jsonschema.ValidationError) -> str:
    return "".join(f"[{json.dumps(part)}]" for part in error.absolute_path)


def _short(text: str) -> str:
    return text if len(text) < 200 else text[:200] + "..."
