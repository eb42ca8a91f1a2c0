"""One of the two previews: pieces in, segments and their playlist in a folder."""

import logging
from collections.abc import Iterable, Iterator

from media_service.audio.encoder import StreamEncoder
from media_service.audio.picture import parameter_sets
from media_service.audio.transport_stream import transport_stream
from media_service.preview.dates import SourceDates
from media_service.preview.folder import Folder
from media_service.preview.pieces import Break, CodedPiece, LanePiece, PicturePiece, Piece
from media_service.preview.playlist import Playlist
from media_service.preview.segmenter import LATE_NS, Segment, Segmenter

log = logging.getLogger("media_service.preview")


class Side:
    """Owned by the writer's thread. Raises OSError where the disk takes no more."""

    def __init__(self, folder: Folder, first_number: int, dates: SourceDates, late_ns: int = LATE_NS) -> None:
        self.folder = folder
        self.segments = 0
        """Written so far."""
        self._playlist = Playlist(first_number)
        self._dates = dates
        self._segmenter = Segmenter(late_ns)
        self._encoder: StreamEncoder | None = None
        self._parameter_sets = b""
        self._left_out = 0
        """Segments that could not be made since the last one that could."""

    def take(self, pieces: Iterable[Piece], window_ns: int) -> None:
        for piece in pieces:
            for segment in self._segments(piece):
                self._put(segment, window_ns)

    def _segments(self, piece: Piece) -> Iterator[Segment]:
        if isinstance(piece, PicturePiece):
            yield from self._segmenter.picture(piece.unit, piece.coding)
        elif isinstance(piece, CodedPiece):
            self._encoder = None
            yield from self._segmenter.heard(piece.frame, piece.coding)
        elif isinstance(piece, LanePiece):
            if self._encoder is None or self._encoder.next != piece.start:
                self._encoder = StreamEncoder(piece.start)
            for frame in self._encoder.encode(piece.samples):
                yield from self._segmenter.heard(frame, self._encoder.format)
        elif piece is Break.BREAK:
            yield from self._segmenter.end()

    def _put(self, segment: Segment, window_ns: int) -> None:
        data = self._made(segment)
        if data is None:
            return
        self.folder.write(self._playlist.next_name, data)
        gone = self._playlist.add(
            segment.end_ns - segment.start_ns,
            self._dates.date(segment.start_ns),
            discontinuity=not segment.continues or self._left_out > 0,
            window_ns=window_ns,
        )
        self.folder.publish(self._playlist.text())
        self.folder.delete(gone)
        self._left_out = 0
        self.segments += 1

    def _made(self, segment: Segment) -> bytes | None:
        """None for a segment that the muxer does not take, which is no reason to stop."""
        picture = segment.picture
        if picture is not None and not picture.codec_data:
            # Not every keyframe brings them, and each segment plays by itself.
            found = parameter_sets(segment.units, picture.codec)
            self._parameter_sets = found or self._parameter_sets
            picture = picture.with_configuration(self._parameter_sets)
        try:
            return transport_stream(segment.units, picture, segment.frames, segment.sound)
        except Exception as error:  # whatever a muxer says of packets that are not what they should be
            if not self._left_out:
                log.warning("a segment of the preview cannot be made: %s", type(error).__name__)
            self._left_out += 1
            return None
