"""Whatever a client sends becomes an event or a `Malformed`, and never an exception."""

import json
from typing import Any

import orjson
import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from socketio import packet
from sts_service.server.packets import (
    FRAME,
    MAX_ATTACHMENTS,
    PLACEHOLDER,
    UNREADABLE,
    ClientEvent,
    Json,
    Malformed,
    ServerPacket,
    encode_event,
)

json_values = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**70), 2**70) | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=5) | st.dictionaries(st.text(), inner, max_size=5),
    max_leaves=20,
)
packet_like = st.builds(
    "".join,
    st.tuples(
        st.sampled_from(["", "0", "1", "2", "3", "4", "5", "6", "7", "9", "²"]),
        st.sampled_from(["", "0-", "1-", "2-", "9-", "99999999999-", "-", "²-"]),
        st.sampled_from(["", "/", "/admin,", "/a?b=c,"]),
        st.sampled_from(["", "0", "17", "9" * 30, "9" * 101, "²"]),
        st.one_of(
            st.text(),
            json_values.map(json.dumps),
            st.lists(json_values, max_size=3).map(json.dumps),
            st.tuples(st.sampled_from(["connect", "disconnect", "fragment:data"]), json_values).map(
                json.dumps
            ),
        ),
    ),
)


def decoded(text: Any) -> ServerPacket:
    return ServerPacket(encoded_packet=text)


def check_routable(parcel: ServerPacket) -> None:
    """A connect or a disconnect, or one frame for the gateway and nothing else."""
    if parcel.packet_type in (packet.CONNECT, packet.DISCONNECT):
        return
    if parcel.packet_type == packet.BINARY_EVENT:
        assert 0 < parcel.attachment_count <= MAX_ATTACHMENTS
        return
    assert parcel.packet_type == packet.EVENT
    assert len(parcel.data) == 2
    assert parcel.data[0] == FRAME
    frame = parcel.data[1]
    assert isinstance(frame, ClientEvent | Malformed)
    assert isinstance(frame, Malformed) or isinstance(frame.name, str)


@given(st.text() | packet_like | st.binary())
@example("")
@example("2[" * 3000)
@example('2["fragment:data",' + "[" * 1200 + "]" * 1200 + "]")
@example('2["fragment:data",' + "9" * 5000 + "]")
@example('2["fragment:data",NaN]')
@example('2["\\ud800",{}]')
def test_no_packet_raises_and_each_is_routable(text: str | bytes) -> None:
    check_routable(decoded(text))


@given(
    st.integers(1, MAX_ATTACHMENTS),
    json_values,
    st.lists(st.sampled_from([0, 1, -1, 99, None, "0", 0.0, True, 10**30]), max_size=4),
    st.lists(st.one_of(st.binary(), st.text()), min_size=MAX_ATTACHMENTS, max_size=MAX_ATTACHMENTS),
)
def test_no_attachment_raises_and_each_packet_comes_to_its_end(
    announced: int, payload: Any, numbers: list[Any], attachments: list[Any]
) -> None:
    places = [{"_placeholder": True, "num": number} for number in numbers]
    parcel = decoded(f"5{announced}-" + json.dumps(["fragment:data", payload, *places]))
    if parcel.packet_type == packet.BINARY_EVENT:
        done = [parcel.add_attachment(attachment) for attachment in attachments[:announced]]
        assert True in done
    parcel.packet_type = packet.EVENT
    check_routable(parcel)


def event(name: str, *arguments: object) -> list[object]:
    return [FRAME, ClientEvent(name, list(arguments))]


@pytest.mark.parametrize(
    ("text", "data"),
    [
        ('2["stream:end",{"stream_id":"a"}]', event("stream:end", {"stream_id": "a"})),
        ('2["stream:end"]', event("stream:end")),
        ('2["stream:end",1,2]', event("stream:end", 1, 2)),
        ('217["stream:end",null]', event("stream:end", None)),
        ('50-["stream:end",null]', event("stream:end", None)),
        ('2["connect",{}]', event("connect", {})),
        ('2["disconnect"]', event("disconnect")),
        ('2["frame",{}]', event("frame", {})),
        ('2["fragment:data",{"a":]', event("fragment:data", UNREADABLE)),
        ('2["fragment:data",NaN]', event("fragment:data", UNREADABLE)),
        ('217["fragment:data",NaN]', event("fragment:data", UNREADABLE)),
        ("2", [FRAME, Malformed("an event is a list that begins with its name")]),
        ("2{}", [FRAME, Malformed("an event is a list that begins with its name")]),
        ("2[]", [FRAME, Malformed("an event is a list that begins with its name")]),
        ("2[1]", [FRAME, Malformed("an event is a list that begins with its name")]),
        ("3[1]", [FRAME, Malformed("not a packet that a client sends")]),
        ('4{"message":"no"}', [FRAME, Malformed("not a packet that a client sends")]),
        ("61-[]", [FRAME, Malformed("not a packet that a client sends")]),
        ("2[", [FRAME, Malformed("not a Socket.IO packet")]),
        ("x", [FRAME, Malformed("not a Socket.IO packet")]),
        ("", [FRAME, Malformed("not a Socket.IO packet")]),
        (b"abc", [FRAME, Malformed("a binary attachment that no event announced")]),
        ('55-["stream:end"]', [FRAME, Malformed("over 4 attachments")]),
    ],
)
def test_what_a_packet_becomes(text: str | bytes, data: list[object]) -> None:
    assert decoded(text).data == data


def test_an_acknowledgement_id_is_forgotten_with_a_malformed_packet() -> None:
    assert decoded("217[]").id is None


@pytest.mark.parametrize("text", ["0", '0{"token":"key"}', "0/admin,{}", "1", "1/admin,"])
def test_connecting_and_disconnecting_are_the_server_s(text: str) -> None:
    assert decoded(text).packet_type == int(text[0])


def test_attachments_take_their_places() -> None:
    place = {"_placeholder": True, "num": 1}
    parcel = decoded("52-" + json.dumps(["fragment:data", {"audio": {"data": PLACEHOLDER}, "more": [place]}]))
    assert parcel.add_attachment(b"first") is False
    assert parcel.add_attachment(b"second") is True
    assert parcel.data == event("fragment:data", {"audio": {"data": b"first"}, "more": [b"second"]})


def test_text_in_the_place_of_an_attachment_is_malformed() -> None:
    parcel = decoded('51-["fragment:data",{"_placeholder":true,"num":0}]')
    assert parcel.add_attachment("4text") is True
    assert isinstance(parcel.data[1], Malformed)


@pytest.mark.parametrize("number", [1, -1, None, "0", 0.0, True])
def test_a_placeholder_without_its_attachment_is_malformed(number: object) -> None:
    place = {"_placeholder": True, "num": number}
    parcel = decoded("51-" + json.dumps(["fragment:data", place]))
    assert parcel.add_attachment(b"data") is True
    assert parcel.data == [FRAME, Malformed("a placeholder without its attachment")]


def test_an_event_is_encoded_as_the_decoder_reads_it() -> None:
    assert decoded(encode_event("error", {"code": "TIMEOUT"})[0]).data == event("error", {"code": "TIMEOUT"})


def test_an_event_with_an_attachment_is_encoded_as_the_decoder_reads_it() -> None:
    text, attachment = encode_event("fragment:processed", {"data": PLACEHOLDER}, b"sound")
    parcel = decoded(text)
    assert parcel.add_attachment(attachment)
    assert parcel.data == event("fragment:processed", {"data": b"sound"})


@given(json_values.filter(lambda value: _fits_in_json(value)))
def test_the_fast_codec_speaks_json(value: Any) -> None:
    assert Json.loads(Json.dumps(value)) == orjson.loads(orjson.dumps(value))


def _fits_in_json(value: Any) -> bool:
    try:
        orjson.dumps(value)
    except TypeError:
        return False
    return True
