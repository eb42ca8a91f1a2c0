"""A message model read into the rows that its table in docs/protocol.md must have."""

import json
from collections.abc import Iterator
from typing import Any

from dubbing_protocol import ErrorCode, Message
from dubbing_protocol.model import MAX_SAFE_INTEGER

Schema = dict[str, Any]
FieldRow = tuple[str, str, str]
"""Dotted path, type with its bounds, and what holds where it is left out."""

NAMED_PATTERNS = {
    r"^[A-Za-z0-9_-]{1,64}$": "name",
    r"^[^\u0000-\u001f\u007f-\u009f]+$": "fragment id",
    r"^[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8})*$": "language",
    r"^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$": "UUID",
}
"""As the legend of the page has them."""

OWN_SECTION = {"Audio": "audio"}
"""Models described once, in a section of their own."""


def rows_of(model: type[Message], *, sent_by_server: bool) -> list[FieldRow]:
    schema = model.model_json_schema()
    return list(_rows(schema, schema.get("$defs", {}), "", sent_by_server))


def _rows(schema: Schema, models: dict[str, Schema], prefix: str, by_server: bool) -> Iterator[FieldRow]:
    for name, field in schema["properties"].items():
        path = prefix + name
        yield path, _type(field, models), _left_out(field, name in schema.get("required", []), by_server)
        inner, steps = _inner(field, models)
        if inner is not None:
            yield from _rows(inner, models, f"{path}{steps}.", by_server)


def _left_out(field: Schema, required: bool, by_server: bool) -> str:
    if by_server:
        return "always" if required or field.get("default") is not None else "maybe"
    if required:
        return "required"
    return "–" if field["default"] is None else json.dumps(field["default"])


def _inner(field: Schema, models: dict[str, Schema]) -> tuple[Schema | None, str]:
    """The object model inside a field, and how its fields are reached."""
    field = _without_null(field)
    if field.get("type") == "array":
        inner, steps = _inner(field["items"], models)
        return inner, "[]" + steps
    if "$ref" not in field or _name(field) in OWN_SECTION:
        return None, ""
    model = models[_name(field)]
    return (model if "properties" in model else None), ""


def _type(field: Schema, models: dict[str, Schema]) -> str:
    field = _without_null(field)
    if "$ref" in field:
        return OWN_SECTION.get(_name(field)) or _type(models[_name(field)], models)
    if field.get("x-socketio-attachment"):
        return "attachment"
    if "anyOf" in field:
        return " or ".join(_type(choice, models) for choice in field["anyOf"])
    if "const" in field:
        return json.dumps(field["const"])
    if "enum" in field:
        codes = set(field["enum"]) == {str(code) for code in ErrorCode}
        return "error code" if codes else ", ".join(json.dumps(value) for value in field["enum"])
    match field["type"]:
        case "array":
            return f"list{_bounds(field, 'minItems', 'maxItems', ' ({})')} of {_type(field['items'], models)}"
        case "string" if "pattern" in field:
            return NAMED_PATTERNS[field["pattern"]]
        case "string":
            return "text" + _bounds(field, "minLength", "maxLength", " {}")
        case "object" | "boolean":
            return str(field["type"])
    return str(field["type"]) + _bounds(field, "minimum", "maximum", " {}")


def _bounds(field: Schema, lowest: str, highest: str, form: str) -> str:
    low, high = field.get(lowest), field.get(highest)
    if high is None or high == MAX_SAFE_INTEGER:
        return "" if low is None else form.format(f"≥ {low}")
    return form.format(f"≤ {high}" if low is None else f"{low}..{high}")


def _without_null(field: Schema) -> Schema:
    choices = [choice for choice in field.get("anyOf", []) if choice != {"type": "null"}]
    return choices[0] if len(choices) == 1 else field


def _name(field: Schema) -> str:
    return str(field["$ref"].rpartition("/")[2])
