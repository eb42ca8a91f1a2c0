"""What the package publishes: names, schemas, an AsyncAPI document; and how little it brings with it."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import dubbing_protocol
import pytest
from dubbing_protocol import EVENT_OF, TO_SERVER, TO_WORKER, schema
from dubbing_protocol.schema import FOLDER, event_schema, file_name, generate, stale_files
from jsonschema import Draft7Validator, Draft202012Validator

TREE = Path(__file__).resolve().parents[3]
ASYNCAPI_SCHEMA = TREE / "tests/js/node_modules/@asyncapi/specs/schemas/3.0.0.json"

PUBLIC = [
    "ACTIONS",
    "Audio",
    "Backpressure",
    "Blame",
    "Capabilities",
    "CloseReason",
    "DELAYS_MS",
    "ERRORS",
    "EVENT_OF",
    "ErrorCode",
    "ErrorEvent",
    "ErrorKind",
    "ErrorSimulation",
    "ErrorSimulationAck",
    "FragmentAck",
    "FragmentData",
    "FragmentError",
    "FragmentMetadata",
    "FragmentProcessed",
    "FragmentSkip",
    "Message",
    "Outcome",
    "PROTOCOL_VERSION",
    "PressureAction",
    "PressureSeverity",
    "ResultAck",
    "ResultMetadata",
    "Segment",
    "SessionState",
    "Severity",
    "SimulatedPressure",
    "SimulationRule",
    "StageTimings",
    "StreamClosed",
    "StreamComplete",
    "StreamConfig",
    "StreamEnd",
    "StreamInit",
    "StreamPause",
    "StreamReady",
    "StreamResume",
    "StreamStatistics",
    "TO_SERVER",
    "TO_WORKER",
    "TRANSITIONS",
    "UnreadableAudio",
    "audio_bytes",
    "field_errors",
    "make_audio",
]


def test_the_public_names_are_these() -> None:
    assert sorted(dubbing_protocol.__all__) == sorted(PUBLIC)
    assert [name for name in PUBLIC if not hasattr(dubbing_protocol, name)] == []


def test_the_events_are_those_of_the_page() -> None:
    assert set(TO_SERVER) == {
        *("stream:init", "stream:pause", "stream:resume", "stream:end"),
        *("fragment:data", "fragment:ack", "fragment:skip", "config:error_simulation"),
    }
    assert set(TO_WORKER) == {
        *("stream:ready", "stream:complete", "stream:closed", "fragment:ack", "fragment:processed"),
        *("backpressure", "error", "config:error_simulation:ack"),
    }
    assert {event: model for model, event in EVENT_OF.items()} == dict(TO_WORKER)


def test_the_checked_in_schemas_are_current() -> None:
    assert stale_files() == []


@pytest.mark.parametrize("path", sorted(generate()))
def test_a_schema_is_valid_and_has_a_name_of_its_own(path: str) -> None:
    document = json.loads((FOLDER / path).read_text("utf-8"))
    if path == "asyncapi.json":
        for payload in document["components"]["schemas"].values():
            Draft202012Validator.check_schema(payload)
    else:
        assert document["$schema"] == "https://json-schema.org/draft/2020-12/schema"
        assert document["$id"].startswith("urn:livedub:protocol:1.1:" + path.split("/")[0])
        Draft202012Validator.check_schema(document)


def test_every_event_has_a_schema() -> None:
    for event in TO_SERVER:
        assert event_schema(event, "to_server")["title"] == TO_SERVER[event].__name__
    for event in TO_WORKER:
        assert event_schema(event, "to_worker")["title"] == TO_WORKER[event].__name__


def test_the_asyncapi_document_is_what_asyncapi_3_allows() -> None:
    rules = json.loads(ASYNCAPI_SCHEMA.read_text("utf-8"))
    document = json.loads((FOLDER / "asyncapi.json").read_text("utf-8"))
    validator = Draft7Validator(rules)
    assert [error.message for error in validator.iter_errors(document)] == []
    del document["info"]["title"]
    assert not validator.is_valid(document)


def test_the_asyncapi_document_holds_every_event_and_every_reference_leads_somewhere() -> None:
    document = json.loads((FOLDER / "asyncapi.json").read_text("utf-8"))
    names = sorted(message["name"] for message in document["components"]["messages"].values())
    assert names == sorted([*TO_SERVER, *TO_WORKER])
    for reference in _references(document):
        found: Any = document
        for part in reference.removeprefix("#/").split("/"):
            found = found[part]
        assert found


def _references(value: Any) -> list[str]:
    if isinstance(value, list):
        return [reference for item in value for reference in _references(item)]
    if not isinstance(value, dict):
        return []
    own = [value["$ref"]] if isinstance(value.get("$ref"), str) else []
    return own + [reference for item in value.values() for reference in _references(item)]


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty place in which to publish."""
    monkeypatch.setattr(schema, "FOLDER", tmp_path)
    return tmp_path


def run(monkeypatch: pytest.MonkeyPatch, *arguments: str) -> int:
    monkeypatch.setattr(sys, "argv", ["schema", *arguments])
    return schema.main()


@pytest.mark.usefixtures("folder")
def test_what_is_written_is_current(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(monkeypatch, "--check") == 1
    assert f"stale: to_worker/{file_name('stream:ready')}" in capsys.readouterr().out
    assert run(monkeypatch) == 0
    assert stale_files() == []
    assert run(monkeypatch, "--check") == 0


def test_a_changed_file_and_one_of_no_event_are_stale(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    run(monkeypatch)
    (folder / "to_server" / "stream_end.json").write_text("{}")
    (folder / "to_server" / "stream_gone.json").write_text("{}")
    assert stale_files() == ["to_server/stream_end.json", "to_server/stream_gone.json"]
    run(monkeypatch)
    assert stale_files() == []
    assert not (folder / "to_server" / "stream_gone.json").exists()


def test_the_package_brings_no_server_and_no_client() -> None:
    code = "import sys, dubbing_protocol, dubbing_protocol.schema; print(*sorted(sys.modules))"
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, timeout=30, check=True
    )
    brought = {name.split(".")[0] for name in done.stdout.split()}
    assert "pydantic" in brought
    assert not brought & {
        *("socketio", "engineio", "uvicorn", "aiohttp", "websockets", "requests", "httptools", "uvloop"),
        *("prometheus_client", "sts_service", "media_service"),
    }
