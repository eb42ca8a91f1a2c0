"""What a published schema says of a payload, as a validator in any language would say it."""

import re
from collections.abc import Iterator
from functools import cache
from typing import Any

from dubbing_protocol.schema import Direction, event_schema
from jsonschema import Draft202012Validator, ValidationError
from jsonschema.validators import extend


def _pattern(_: Any, pattern: str, value: object, schema: object) -> Iterator[ValidationError]:
    # JSON Schema means ECMA-262, where `$` is the end; Python's also matches before a last line break.
    if isinstance(value, str) and not re.search(re.sub(r"\$$", r"\\Z", pattern), value):
        yield ValidationError(f"{value!r} does not match {pattern!r}")


_Validator: Any = extend(Draft202012Validator, {"pattern": _pattern})  # type: ignore[no-untyped-call]


@cache
def _validator(event: str, direction: Direction) -> Any:
    return _Validator(event_schema(event, direction))


def schema_allows(event: str, direction: Direction, payload: object) -> bool:
    return bool(_validator(event, direction).is_valid(payload))
