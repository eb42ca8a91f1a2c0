"""A stream that needs no source: pieces with the stamps of media time, real enough to be put into MPEG-TS."""

from collections.abc import Iterator

from fragment_audio.format import AudioFormat
from media_service.audio.picture import AccessUnit, PictureFormat
from media_service.audio.silence import silent_frame
from media_service.audio.transport_stream import SoundFrame
from media_service.preview.pieces import Batch, CodedPiece, PicturePiece, Piece
from media_service.timeline.units import SECOND_NS

AAC = AudioFormat("aac", 48_000, 2, bytes([0x11, 0x90]))
H264 = PictureFormat("h264", 0, 0)
PICTURE_NS = SECOND_NS // 25
FRAME_NS = 1024 * SECOND_NS // 48_000
NOW_NS = 1_700_000_000 * SECOND_NS

_DELIMITER = b"\0\0\0\1\x09\xf0"
_SETS = b"\0\0\0\1\x67\x42\xc0\x1e\xd9\x00\xa0\x47\xfe\xc8\0\0\0\1\x68\xcb\x83\xcb\x20"
_KEY, _DELTA = b"\0\0\0\1\x65\x88\x84", b"\0\0\0\1\x41\x9a\x24"


def picture(number: int, gop: int = 25) -> PicturePiece:
    """Nothing that a decoder would show, but what a muxer takes."""
    key = number % gop == 0
    data = _DELIMITER + (_SETS + _KEY if key else _DELTA) + number.to_bytes(4) + b"\x80"
    at_ns = number * PICTURE_NS
    return PicturePiece(AccessUnit(data, at_ns, at_ns, key), H264)


def pieces(from_s: int, to_s: int) -> Iterator[Piece]:
    for number in range(from_s * 25, to_s * 25):
        yield picture(number)
        for frame in range(number * PICTURE_NS // FRAME_NS, (number + 1) * PICTURE_NS // FRAME_NS):
            yield CodedPiece(SoundFrame(frame * FRAME_NS, silent_frame(AAC)), AAC)


def batch(from_s: int, to_s: int, *, window_s: int = 12, delay_s: int = 0) -> Batch:
    """The output's pieces are those that came so much earlier."""
    return Batch(
        media_now_ns=to_s * SECOND_NS,
        wall_ns=NOW_NS + to_s * SECOND_NS,
        window_ns=window_s * SECOND_NS,
        input=list(pieces(from_s, to_s)),
        output=list(pieces(max(0, from_s - delay_s), max(0, to_s - delay_s))),
    )
