"""What the successor asks and the predecessor answers, as JSON of a known shape and size."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal, cast, get_args

import orjson

from media_service.handover.choice import MOST, Keyframe
from media_service.timeline.units import SECOND_NS

Mode = Literal["dub", "original", "mute"]
LONGEST_NAME = 64
FARTHEST_NS = 1000 * SECOND_NS
LATEST_STAMP_NS = 1 << 62


class NotUnderstood(ValueError):
    """What came is not of this shape."""


@dataclass(frozen=True)
class Offer:
    """From the successor: the keyframes that it holds."""

    run_id: str
    delay_ns: int
    keyframes: tuple[Keyframe, ...]
    any: bool = False
    """where none is common, the two need not be the same"""

    def to_json(self) -> bytes:
        held = [[keyframe.name, keyframe.due_in_ns] for keyframe in self.keyframes[:MOST]]
        told = {"run_id": self.run_id, "delay_ns": self.delay_ns, "keyframes": held, "any": self.any}
        return orjson.dumps(told)

    @staticmethod
    def parse(body: bytes) -> "Offer":
        """Raises `NotUnderstood`."""
        told = _object(body)
        held = told.get("keyframes")
        if not isinstance(held, list) or len(held) > MOST:
            raise NotUnderstood(f"keyframes: a list of at most {MOST}")
        keyframes = tuple(_keyframe(one) for one in held)
        return Offer(_name(told, "run_id"), _number(told, "delay_ns"), keyframes, told.get("any") is True)


@dataclass(frozen=True)
class Agreement:
    """From the predecessor: everything before this keyframe is its own."""

    keyframe: str | None
    """None: it has no picture, or is not on air, and there is nothing to go on with"""
    due_in_ns: int
    """when it is due in the predecessor"""
    stamp_ns: int
    """of its decoding, in the output"""
    sound_ns: int
    """from that stamp to the first frame of sound that is the successor's"""
    mode: Mode
    """the operator's choice"""

    def to_json(self) -> bytes:
        return orjson.dumps(vars(self))

    @staticmethod
    def parse(body: bytes) -> "Agreement":
        """Raises `NotUnderstood`."""
        told = _object(body)
        keyframe, mode = told.get("keyframe"), told.get("mode")
        if keyframe is not None and not isinstance(keyframe, str):
            raise NotUnderstood("keyframe: a name, or null")
        if mode not in get_args(Mode):
            raise NotUnderstood("mode: dub, original or mute")
        return Agreement(
            keyframe,
            _number(told, "due_in_ns"),
            _number(told, "stamp_ns"),
            _number(told, "sound_ns"),
            cast("Mode", mode),
        )


def run_id_of(body: bytes) -> str:
    """Who confirms. Raises `NotUnderstood`."""
    return _name(_object(body), "run_id")


def _object(body: bytes) -> Mapping[str, object]:
    try:
        told = orjson.loads(body)
    except orjson.JSONDecodeError:
        raise NotUnderstood("it is not JSON") from None
    if not isinstance(told, dict):
        raise NotUnderstood("an object is needed")
    return told


def _keyframe(one: object) -> Keyframe:
    if not isinstance(one, list) or len(one) != 2:
        raise NotUnderstood("keyframes: each a name and when it is due")
    name, due_in_ns = one
    told = {"name": name, "due_in_ns": due_in_ns}
    return Keyframe(_name(told, "name"), _number(told, "due_in_ns", FARTHEST_NS))


def _name(told: Mapping[str, object], key: str) -> str:
    value = told.get(key)
    if not isinstance(value, str) or not 0 < len(value) <= LONGEST_NAME or not value.isascii():
        raise NotUnderstood(f"{key}: a name of at most {LONGEST_NAME} letters")
    return value


def _number(told: Mapping[str, object], key: str, most: int = LATEST_STAMP_NS) -> int:
    value = told.get(key)
    if not isinstance(value, int) or isinstance(value, bool) or abs(value) > most:
        raise NotUnderstood(f"{key}: a whole number")
    return value
