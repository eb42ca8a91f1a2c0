"""Where a source's sound begins and ends: what is there to be decoded only is not heard."""

from fragment_audio.format import AudioFormat
from media_service.pipeline.packet import Packet, VideoFormat
from media_service.timeline.epochs import Placed, Track
from media_service.timeline.units import MS_NS, SECOND_NS
from media_service.worker.span import Span

AAC = AudioFormat("aac", 48_000, 2, bytes([0x11, 0x90]))
H264 = VideoFormat("h264")
FRAME_NS = 1024 * SECOND_NS // 48_000


def came(
    span: Span,
    form: AudioFormat | VideoFormat,
    stamp_ns: int,
    offset_ns: int,
    *,
    pts_ns: int | None = None,
    lasts_ns: int = 0,
) -> None:
    track = Track.AUDIO if isinstance(form, AudioFormat) else Track.VIDEO
    packet = Packet(track, form, b"", stamp_ns if pts_ns is None else pts_ns, stamp_ns, lasts_ns)
    span.came(Placed(packet, track, stamp_ns, offset_ns, 0, 0))


def test_before_anything_has_come_there_is_nothing_to_tell() -> None:
    assert Span().told(0) is None


def test_what_a_file_has_before_its_own_time_0_is_not_heard() -> None:
    span = Span()
    came(span, H264, -66 * MS_NS, 66 * MS_NS, pts_ns=0)
    came(span, AAC, -21 * MS_NS, 66 * MS_NS, lasts_ns=FRAME_NS)
    assert span.told(48_000) == (66 * MS_NS, SECOND_NS)


def test_a_late_joiner_begins_with_what_comes_first() -> None:
    span = Span()
    came(span, H264, 5000 * SECOND_NS, -5000 * SECOND_NS, pts_ns=5000 * SECOND_NS + 80 * MS_NS)
    came(span, AAC, 5000 * SECOND_NS + 30 * MS_NS, -5000 * SECOND_NS)
    assert span.told(48_000) == (30 * MS_NS, SECOND_NS)


def test_the_picture_that_is_shown_first_need_not_come_first() -> None:
    span = Span()
    came(span, H264, 0, 0, pts_ns=120 * MS_NS)
    came(span, H264, 40 * MS_NS, 0, pts_ns=80 * MS_NS)
    assert span.told(48_000) == (80 * MS_NS, SECOND_NS)


def test_a_last_frame_that_is_not_full_ends_before_its_end() -> None:
    span = Span()
    came(span, AAC, 0, 0, lasts_ns=FRAME_NS)
    came(span, AAC, FRAME_NS, 0, lasts_ns=FRAME_NS // 4)
    assert span.told(2048) == (0, 2048 * SECOND_NS // 48_000 - (FRAME_NS - FRAME_NS // 4) + 1)
    came(span, AAC, 2 * FRAME_NS, 0, lasts_ns=FRAME_NS - MS_NS // 2)
    assert span.told(3072) == (0, 3 * 1024 * SECOND_NS // 48_000), "a container rounds"
