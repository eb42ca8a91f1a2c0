"""Packets in and out: what a server sends is read, anything else is a `BadFrame` and nothing worse."""

import contextlib
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from media_service.sts.connection import Broken, Refused, _refusal, socket_url
from media_service.sts.frames import (
    BadFrame,
    Event,
    FrameReader,
    Joined,
    JoinRefused,
    Left,
    Opened,
    Ping,
    event_frames,
    join_frame,
)

JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.text(max_size=5) | st.binary(max_size=4),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=8,
)


def read(*frames: str | bytes) -> Any:
    reader = FrameReader()
    packets = [reader.read(frame) for frame in frames]
    assert all(packet is None for packet in packets[:-1])
    return packets[-1]


@given(
    payload=st.dictionaries(st.text(max_size=5).filter(lambda key: key != "_placeholder"), JSON, max_size=4)
)
def test_what_is_sent_is_what_is_read(payload: dict[str, Any]) -> None:
    frames = event_frames("fragment:data", payload)
    if len(frames) <= 5:
        event = read(*frames)
        assert (event.name, event.payload) == ("fragment:data", payload)


def test_an_event_without_sound_is_one_text() -> None:
    assert event_frames("stream:end", {"stream_id": "m"}) == ['42["stream:end",{"stream_id":"m"}]']


def test_sound_is_an_attachment() -> None:
    assert event_frames("x", {"data": b"ab"}) == ['451-["x",{"data":{"_placeholder":true,"num":0}}]', b"ab"]


def test_what_cannot_be_sent_is_our_mistake() -> None:
    with pytest.raises(TypeError):
        event_frames("x", {"data": object()})


def test_the_token_is_sent_only_where_there_is_one() -> None:
    assert join_frame(None) == "40"
    assert join_frame("key") == '40{"token":"key"}'


@pytest.mark.parametrize(
    ("frame", "packet"),
    [
        ('0{"sid":"a","pingInterval":25000,"pingTimeout":10000}', Opened(35.0)),
        ('0{"pingInterval":1,"pingTimeout":1}', Opened(1.0)),
        ('0{"pingInterval":1e9,"pingTimeout":1}', Opened(120.0)),
        ("1", Left()),
        ("41", Left()),
        ("2", Ping("3")),
        ("2probe", Ping("3probe")),
        ('40{"sid":"x"}', Joined()),
        ("3", None),
        ("6", None),
        ("43[]", None),
    ],
)
def test_each_packet_is_read(frame: str, packet: object) -> None:
    assert read(frame) == packet


def test_events_are_read() -> None:
    event = read('42["error",{"code":"X"}]')
    assert (event.name, event.payload) == ("error", {"code": "X"})
    assert read('427["error",1]').payload == 1, "an acknowledgement is asked for"
    assert read('42["error"]').payload is None
    event = read('452-["e",[{"_placeholder":true,"num":1},{"_placeholder":true,"num":0}]]', b"a", b"b")
    assert isinstance(event, Event)
    assert event.payload == [b"b", b"a"]


@pytest.mark.parametrize(
    "frames",
    [
        [
            "",
        ],
        ["9"],
        ["4"],
        ["48"],
        ["0nothing"],
        ["0[]"],
        ['0{"pingInterval":"x","pingTimeout":1}'],
        ['0{"pingInterval":1e400,"pingTimeout":1}'],
        ["42"],
        ["42{}"],
        ["42[]"],
        ["42[7]"],
        ['42/other,["e"]'],
        ['42["e",'],
        ["42" + "[" * 40_000],
        ["42[" + "1," * 60_000 + "1]"],
        [b"nothing announced me"],
        ['45["e"]'],
        ['450-["e"]'],
        ['459-["e"]'],
        ['451-["e",{"_placeholder":true,"num":3}]', b"a"],
        ['451-["e",{"_placeholder":true}]', b"a"],
        ['451-["e",{}]', '42["e"]'],
    ],
)
def test_anything_else_is_a_bad_frame(frames: list[str | bytes]) -> None:
    reader = FrameReader()
    for frame in frames[:-1]:
        reader.read(frame)
    with pytest.raises(BadFrame):
        reader.read(frames[-1])


@given(st.lists(st.one_of(st.text(), st.text('0123456[]{}",-', min_size=1), st.binary()), max_size=5))
def test_no_frame_raises_anything_else(frames: list[str | bytes]) -> None:
    reader = FrameReader()
    with contextlib.suppress(BadFrame):
        for frame in frames:
            reader.read(frame)


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("http://sts:8000", "ws://sts:8000/socket.io/?EIO=4&transport=websocket"),
        ("https://sts/", "wss://sts/socket.io/?EIO=4&transport=websocket"),
        ("ws://sts/behind/a/proxy", "ws://sts/behind/a/proxy/socket.io/?EIO=4&transport=websocket"),
        ("wss://sts/socket.io/", "wss://sts/socket.io/?EIO=4&transport=websocket"),
    ],
)
def test_the_address_of_the_socket(url: str, expected: str) -> None:
    assert socket_url(url) == expected


@pytest.mark.parametrize(
    ("payload", "code"),
    [
        ({"message": "no", "data": {"code": "AUTH_FAILED", "message": "no"}}, "AUTH_FAILED"),
        ({"code": "RATE_LIMIT", "message": "no", "retryable": True}, "RATE_LIMIT"),
        ({"message": "no"}, None),
        ("no", None),
        (None, None),
    ],
)
def test_why_the_handshake_is_refused(payload: Any, code: str | None) -> None:
    packet = read("44" + json.dumps(payload))
    assert isinstance(packet, JoinRefused)
    error = _refusal(packet.payload)
    assert isinstance(error, Broken if code is None else Refused)
    assert getattr(error, "code", None) == code
