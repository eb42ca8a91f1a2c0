"""JSON Schema of every event and the AsyncAPI document, generated from the models.

python -m dubbing_protocol.schema            write them into this package
python -m dubbing_protocol.schema --check    exit 1 where a file is not what the models say
"""

import argparse
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Literal

from dubbing_protocol.errors import ERRORS
from dubbing_protocol.events import TO_SERVER, TO_WORKER
from dubbing_protocol.model import Message
from dubbing_protocol.stream import PROTOCOL_VERSION

Direction = Literal["to_server", "to_worker"]

FOLDER = Path(__file__).parent / "schemas"

_DIALECT = "https://json-schema.org/draft/2020-12/schema"
_EVENTS: Mapping[Direction, Mapping[str, type[Message]]] = {"to_server": TO_SERVER, "to_worker": TO_WORKER}


def file_name(event: str) -> str:
    return event.replace(":", "_") + ".json"


def event_schema(event: str, direction: Direction) -> dict[str, Any]:
    """The published schema of an event's payload, read from the package."""
    schema: dict[str, Any] = json.loads((FOLDER / direction / file_name(event)).read_text("utf-8"))
    return schema


def generate() -> dict[str, str]:
    """Every generated file: its path under `schemas/` and its text."""
    documents: dict[str, dict[str, Any]] = {"asyncapi.json": _asyncapi()}
    for direction, events in _EVENTS.items():
        for event, model in events.items():
            documents[f"{direction}/{file_name(event)}"] = {
                "$schema": _DIALECT,
                "$id": f"urn:livedub:protocol:{PROTOCOL_VERSION}:{direction}:{event}",
                **model.model_json_schema(),
            }
    return {path: json.dumps(document, indent=2) + "\n" for path, document in documents.items()}


def _asyncapi() -> dict[str, Any]:
    messages: dict[str, Any] = {}
    schemas: dict[str, Any] = {}
    operations: dict[str, Any] = {}
    for direction, events in _EVENTS.items():
        received = direction == "to_server"
        keys = []
        for event, model in events.items():
            schema = model.model_json_schema(ref_template="#/components/schemas/{model}")
            schemas.update(schema.pop("$defs", {}))
            schemas[model.__name__] = schema
            messages[model.__name__] = {
                "name": event,
                "title": event,
                "summary": (model.__doc__ or "").strip(),
                "contentType": "application/json",
                "payload": {"$ref": f"#/components/schemas/{model.__name__}"},
            }
            keys.append(model.__name__)
        operations["receive" if received else "send"] = {
            "action": "receive" if received else "send",
            "title": "Worker to server" if received else "Server to worker",
            "channel": {"$ref": "#/channels/stream"},
            "messages": [{"$ref": f"#/channels/stream/messages/{key}"} for key in keys],
        }
    return {
        "asyncapi": "3.0.0",
        "info": {
            "title": "livedub fragment protocol",
            "version": PROTOCOL_VERSION,
            "description": "Between a media worker and a speech-to-speech service, over Socket.IO (EIO=4, "
            "WebSocket only, namespace /). Each message is a Socket.IO event of the given name with one "
            "payload. docs/protocol.md tells the order of things.",
            "license": {"name": "Apache-2.0"},
        },
        "defaultContentType": "application/json",
        "servers": {
            "local": {
                "host": "127.0.0.1:8000",
                "pathname": "/socket.io/",
                "protocol": "socketio",
                "protocolVersion": "4",
                "security": [{"$ref": "#/components/securitySchemes/token"}],
            }
        },
        "channels": {
            "stream": {
                "address": "/",
                "title": "One stream",
                "description": "One connection carries one stream.",
                "messages": {name: {"$ref": f"#/components/messages/{name}"} for name in messages},
            }
        },
        "operations": operations,
        "components": {
            "messages": messages,
            "schemas": schemas,
            "securitySchemes": {
                "token": {
                    "type": "userPassword",
                    "description": "auth.token of the handshake, where the server has STS_API_KEY set.",
                }
            },
        },
        "x-error-codes": {
            code: {"retryable": kind.retryable, "severity": kind.severity, "when": kind.when}
            for code, kind in ERRORS.items()
        },
    }


def stale_files() -> list[str]:
    """Checked-in files that differ from what the models say, are missing, or belong to no event any more."""
    generated = generate()
    present = {str(path.relative_to(FOLDER)) for path in FOLDER.rglob("*.json")}
    return sorted(
        (present - generated.keys())
        | {
            path
            for path, text in generated.items()
            if path not in present or (FOLDER / path).read_text("utf-8") != text
        }
    )


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m dubbing_protocol.schema", description=__doc__)
    parser.add_argument("--check", action="store_true", help="change nothing, exit 1 where a file is stale")
    stale = stale_files()
    if parser.parse_args().check:
        for path in stale:
            print(f"stale: {path}; run: make schemas")
        return 1 if stale else 0
    for path, text in generate().items():
        (FOLDER / path).parent.mkdir(parents=True, exist_ok=True)
        (FOLDER / path).write_text(text, "utf-8")
    for path in set(stale) - generate().keys():
        (FOLDER / path).unlink()
    print(f"{len(stale)} of {len(generate())} files changed under schemas/")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
