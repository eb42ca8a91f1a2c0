import contextlib
import itertools

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from media_service.errors import InputFailed
from media_service.pipeline.flv import LARGEST_TAG, FlvDemuxer
from media_service.pipeline.packet import Packet
from media_service.timeline.epochs import Track
from media_service.timeline.units import MS_NS, SECOND_NS

from flv_tags.tags import (
    AAC_HEADER,
    AUDIO,
    AVC_HEADER,
    FILE_HEADER,
    SCRIPT,
    VIDEO,
    aac,
    avc,
    tag,
)

BEGUN = FILE_HEADER + tag(SCRIPT, 0, b"onMetaData") + tag(AUDIO, 0, AAC_HEADER) + tag(VIDEO, 0, AVC_HEADER)


def begun() -> FlvDemuxer:
    demuxer = FlvDemuxer()
    assert list(demuxer.packets(BEGUN)) == []
    return demuxer


def seen(packets: list[Packet]) -> list[tuple[object, ...]]:
    return [(p.track, p.format, p.data, p.pts_ns, p.dts_ns, p.duration_ns, p.key) for p in packets]


def test_headers_tell_the_formats_and_are_no_packets() -> None:
    demuxer = begun()
    assert demuxer.audio is not None
    assert demuxer.video is not None
    assert (demuxer.audio.codec, demuxer.audio.rate_hz, demuxer.audio.channels) == ("aac", 48_000, 2)
    assert demuxer.audio.is_aac_lc
    assert (demuxer.video.codec, demuxer.video.codec_data) == ("h264", b"avcC")
    assert demuxer.video.label == "H.264"


def test_stamps_stay_as_the_source_wrote_them() -> None:
    packets = list(begun().packets(aac(1007) + avc(1010, delay_ms=80, key=True) + avc(1050, delay_ms=-40)))
    sound, picture, early = packets
    assert (sound.track, sound.data, sound.pts_ns, sound.dts_ns) == (
        Track.AUDIO,
        b"sound",
        1007 * MS_NS,
        1007 * MS_NS,
    )
    assert sound.duration_ns == 1024 * SECOND_NS // 48_000
    assert (picture.pts_ns, picture.dts_ns, picture.key) == (1090 * MS_NS, 1010 * MS_NS, True)
    assert (early.pts_ns, early.dts_ns, early.key) == (1010 * MS_NS, 1050 * MS_NS, False)
    assert picture.size == len(b"picture")


def test_time_that_goes_back_goes_back() -> None:
    packets = list(begun().packets(avc(50_000) + avc(20)))
    assert [packet.dts_ns for packet in packets] == [50_000 * MS_NS, 20 * MS_NS]


def test_after_49_days_time_goes_on() -> None:
    end = 1 << 32
    stamps = [end - 30, end - 10, 5, end - 5, 15, 40]
    packets = list(begun().packets(b"".join(aac(stamp % end) for stamp in stamps)))
    expected = [end - 30, end - 10, end + 5, end - 5, end + 15, end + 40]
    assert [packet.pts_ns for packet in packets] == [stamp * MS_NS for stamp in expected]


def test_a_first_stamp_near_the_wrap_is_not_a_wrap() -> None:
    assert next(begun().packets(aac((1 << 32) - 1))).pts_ns == ((1 << 32) - 1) * MS_NS


PIECES = st.lists(
    st.tuples(
        st.booleans(), st.integers(0, (1 << 32) - 1), st.binary(min_size=1, max_size=40), st.booleans()
    ),
    max_size=20,
)


@given(PIECES, st.lists(st.integers(0, 2000), max_size=30))
@settings(max_examples=80, deadline=None)
def test_however_the_bytes_are_cut_the_packets_are_the_same(
    pieces: list[tuple[bool, int, bytes, bool]], cuts: list[int]
) -> None:
    data = BEGUN + b"".join(
        aac(stamp, body) if sound else avc(stamp, body, key=key) for sound, stamp, body, key in pieces
    )
    at_once = list(FlvDemuxer().packets(data))
    assert [packet.data for packet in at_once] == [body for _, _, body, _ in pieces]
    edges = sorted({0, len(data), *(cut for cut in cuts if cut < len(data))})
    demuxer, in_pieces = FlvDemuxer(), []
    for low, high in itertools.pairwise(edges):
        in_pieces += list(demuxer.packets(data[low:high]))
    assert seen(in_pieces) == seen(at_once)
    by_byte = FlvDemuxer()
    assert seen([p for at in range(len(data)) for p in by_byte.packets(data[at : at + 1])]) == seen(at_once)


@pytest.mark.parametrize(("letters", "codec"), [(b"hvc1", "h265"), (b"avc1", "h264")])
def test_enhanced_tags_are_read(letters: bytes, codec: str) -> None:
    data = FILE_HEADER + b"".join(
        [
            tag(VIDEO, 0, b"\x90" + letters + b"config"),
            tag(VIDEO, 40, b"\x91" + letters + (-20).to_bytes(3, signed=True) + b"key"),
            tag(VIDEO, 80, b"\xa3" + letters + b"next"),
            tag(VIDEO, 80, b"\x94" + letters + b"metadata"),
            tag(VIDEO, 120, b"\xa2" + letters + b"end"),
        ]
    )
    demuxer = FlvDemuxer()
    key, following = demuxer.packets(data)
    assert demuxer.video is not None
    assert (demuxer.video.codec, demuxer.video.codec_data) == (codec, b"config")
    assert (key.data, key.pts_ns, key.dts_ns, key.key) == (b"key", 20 * MS_NS, 40 * MS_NS, True)
    assert (following.data, following.pts_ns, following.key) == (b"next", 80 * MS_NS, False)


def test_the_older_way_to_send_h265_is_read() -> None:
    data = (
        FILE_HEADER + tag(VIDEO, 0, b"\x1c\x00\x00\x00\x00hvcC") + tag(VIDEO, 40, b"\x1c\x01\x00\x00\x28unit")
    )
    (packet,) = FlvDemuxer().packets(data)
    assert (packet.format.codec, packet.pts_ns) == ("h265", 80 * MS_NS)


@pytest.mark.parametrize(
    ("kind", "body", "name"),
    [
        (VIDEO, b"\x12rest of it", "Sorenson"),
        (VIDEO, b"\x14rest of it", "VP6"),
        (VIDEO, b"\x19rest of it", "codec 9"),
        (VIDEO, b"\x90av01config", "av01"),
        (VIDEO, b"\x90vp09config", "vp09"),
        (VIDEO, b"\x90\xff\n\r\0config", r"\?\?\?"),
        (AUDIO, b"\xb2speex", "Speex"),
        (AUDIO, b"\x6fnelly", "Nellymoser"),
        (AUDIO, b"\x90Opus...", "Opus"),
        (AUDIO, b"\xc0what", "codec 12"),
    ],
)
def test_a_codec_that_cannot_be_carried_is_named_and_not_tried_again(
    kind: int, body: bytes, name: str
) -> None:
    with pytest.raises(InputFailed, match=name) as failed:
        list(FlvDemuxer().packets(FILE_HEADER + tag(kind, 0, body)))
    assert not failed.value.retryable
    assert str(failed.value).isprintable()


@pytest.mark.parametrize(
    ("body", "codec", "rate_hz", "channels"),
    [
        (b"\x2fmp3", "mp3", 44_100, 2),
        (b"\x2amp3", "mp3", 22_050, 1),
        (b"\xeemp3", "mp3", 8_000, 1),
        (b"\x7elaw", "pcm_alaw", 8_000, 1),
        (b"\x83law", "pcm_mulaw", 8_000, 2),
    ],
)
def test_other_sound_is_read(body: bytes, codec: str, rate_hz: int, channels: int) -> None:
    (packet,) = FlvDemuxer().packets(FILE_HEADER + tag(AUDIO, 7, body))
    assert (packet.format.codec, packet.data, packet.duration_ns) == (codec, body[1:], 0)
    assert getattr(packet.format, "rate_hz", 0) == rate_hz
    assert getattr(packet.format, "channels", 0) == channels


def test_sound_that_changes_its_codec_changes_its_format() -> None:
    demuxer = begun()
    (one,) = demuxer.packets(tag(AUDIO, 0, b"\x2fmp3"))
    assert one.format.codec == "mp3"
    assert list(demuxer.packets(aac(20))) == []
    (two,) = demuxer.packets(tag(AUDIO, 40, AAC_HEADER) + aac(40))
    assert two.format.codec == "aac"


def test_what_comes_before_its_header_is_dropped() -> None:
    assert list(FlvDemuxer().packets(FILE_HEADER + aac(0) + avc(0, key=True))) == []


@pytest.mark.parametrize("body", [b"", b"\xaf", b"\xaf\x01"])
def test_an_empty_tag_is_no_packet(body: bytes) -> None:
    assert list(begun().packets(tag(AUDIO, 0, body) + tag(VIDEO, 0, body))) == []
    assert list(begun().packets(tag(VIDEO, 0, b"\x17\x02\0\0\0end") + tag(VIDEO, 0, b"\x27\x01\0\0\0"))) == []


@pytest.mark.parametrize(
    "config", [b"", b"\xff", b"\xff\xff\xff\xff\xff\xff\xff\xff", b"\x17\x80\x00\x00\x00\x00"]
)
def test_a_broken_aac_header_is_the_sources_fault(config: bytes) -> None:
    with pytest.raises(InputFailed, match="AAC"):
        list(FlvDemuxer().packets(FILE_HEADER + tag(AUDIO, 0, b"\xaf\x00" + config)))


def test_what_is_no_flv_is_refused() -> None:
    with pytest.raises(InputFailed, match="FLV") as failed:
        list(FlvDemuxer().packets(b"<html>404 not found</html>"))
    assert not failed.value.retryable


def test_a_huge_tag_is_refused_before_it_is_waited_for() -> None:
    with pytest.raises(InputFailed, match="broken"):
        list(begun().packets(b"\x09" + (LARGEST_TAG + 1).to_bytes(3) + bytes(7)))
    assert list(begun().packets(b"\x09" + LARGEST_TAG.to_bytes(3) + bytes(7))) == []


def test_a_tag_of_no_known_type_is_refused() -> None:
    with pytest.raises(InputFailed, match="type 31") as failed:
        list(begun().packets(b"\xff" * 11))
    assert failed.value.retryable


@given(
    st.lists(
        st.one_of(
            st.binary(max_size=60), st.tuples(st.sampled_from([8, 9, 18, 0x28]), st.binary(max_size=40))
        )
    )
)
@settings(max_examples=300, deadline=None)
def test_garbage_is_an_input_that_failed_and_nothing_else(pieces: list[bytes | tuple[int, bytes]]) -> None:
    demuxer = begun()
    for piece in pieces:
        data = piece if isinstance(piece, bytes) else tag(piece[0], 0, piece[1])
        with contextlib.suppress(InputFailed):
            list(demuxer.packets(data))


@given(st.binary(max_size=12), st.sampled_from([b"\xaf\x00", b"\x17\x00", b"\x90hvc1", b"\x91hvc1"]))
@settings(max_examples=200, deadline=None)
def test_garbage_in_a_header_is_an_input_that_failed_and_nothing_else(rest: bytes, begin: bytes) -> None:
    kind = AUDIO if begin[0] == 0xAF else VIDEO
    with contextlib.suppress(InputFailed):
        list(begun().packets(tag(kind, 0, begin + rest) + aac(1) + avc(2)))


@pytest.mark.parametrize("damaged", [tag(VIDEO, 40, b"\x24\1\0\0\0rest"), tag(AUDIO, 40, b"\x5f\1rest")])
def test_another_codec_in_midst_of_a_stream_is_damage_and_tried_again(damaged: bytes) -> None:
    demuxer = FlvDemuxer()
    begin = FILE_HEADER + tag(VIDEO, 0, AVC_HEADER) + tag(AUDIO, 0, AAC_HEADER) + aac(20)
    assert list(demuxer.packets(begin))
    with pytest.raises(InputFailed) as failed:
        list(demuxer.packets(damaged))
    assert failed.value.retryable
