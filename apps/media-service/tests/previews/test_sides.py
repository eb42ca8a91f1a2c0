"""What the tick puts down for the previews, and what it hands over."""

from collections.abc import Sequence

import numpy as np
import pytest
from config_table.rows import PASSTHROUGH
from fragment_audio.format import AudioFormat
from media_service.config import WorkerSettings
from media_service.pipeline.packet import Packet, VideoFormat
from media_service.preview.pieces import Batch, Break, CodedPiece, LanePiece, PicturePiece
from media_service.preview.writer import PreviewWriter
from media_service.timeline.epochs import Placed, Track
from media_service.timeline.lane import Lane
from media_service.timeline.pace import Pace
from media_service.timeline.units import MS_NS, SECOND_NS
from media_service.worker.previewing import (
    MOST_READ,
    READ,
    InputSide,
    Previews,
    Side,
    make_previews,
    preview_status,
)

from previews.stream import AAC

OPUS = AudioFormat("opus", 48_000, 2)
H264 = VideoFormat("h264", b"avcC")
OFFSET_NS = -5000 * SECOND_NS


class Kept(PreviewWriter):
    """Writes nothing."""

    def __init__(self) -> None:
        self.failure = None
        self.batches: list[tuple[Batch, int]] = []

    def put(self, batch: Batch, size: int) -> None:
        self.batches.append((batch, size))


def placed(
    form: VideoFormat | AudioFormat, media_ns: int, *, late_ns: int = 0, epoch: int = 0
) -> Placed[Packet]:
    track = Track.VIDEO if isinstance(form, VideoFormat) else Track.AUDIO
    stamp_ns = media_ns - OFFSET_NS
    packet = Packet(track, form, b"data", stamp_ns + late_ns, stamp_ns, 0)
    return Placed(packet, track, stamp_ns, OFFSET_NS, epoch, 0)


def laid(lane: Lane, side: InputSide, packets: int) -> None:
    """As the worker does it: the sound is in the lane when the packet is told of."""
    for _ in range(packets):
        lane.lay(lane.head * SECOND_NS // 48_000, np.full((960, 2), 0.5, np.float32), 0)
        side.came(placed(OPUS, 0))


def kinds(pieces: Sequence[object]) -> list[str]:
    return [piece.value if isinstance(piece, Break) else type(piece).__name__ for piece in pieces]


def test_stamps_become_media_time() -> None:
    side = InputSide(Lane())
    side.came(placed(H264, 2 * SECOND_NS, late_ns=80 * MS_NS))
    side.came(placed(AAC, 2 * SECOND_NS))
    _, picture, sound = side.pieces
    assert isinstance(picture, PicturePiece)
    assert (picture.unit.pts_ns, picture.unit.dts_ns) == (2 * SECOND_NS + 80 * MS_NS, 2 * SECOND_NS)
    assert picture.coding.codec_data == b"avcC"
    assert isinstance(sound, CodedPiece)
    assert (sound.frame.pts_ns, sound.coding) == (2 * SECOND_NS, AAC)


def test_sound_that_is_no_aac_is_taken_from_the_lane_without_a_gap() -> None:
    lane = Lane()
    side = InputSide(lane)
    laid(lane, side, 101)
    pieces = [piece for piece in side.pieces if isinstance(piece, LanePiece)]
    assert [piece.start for piece in pieces] == [960 + number * READ for number in range(len(pieces))]
    assert len(pieces) == 100 * 960 // READ
    assert all(np.all(piece.samples[1000:] == 0.5) for piece in pieces)
    assert side.size == sum(piece.samples.nbytes for piece in pieces)


def test_a_hole_that_nobody_needs_to_hear_is_not_encoded() -> None:
    lane = Lane()
    side = InputSide(lane)
    laid(lane, side, 30)
    lane.fill(lane.head + MOST_READ + 1)
    laid(lane, side, 30)
    starts = [piece.start for piece in side.pieces if isinstance(piece, LanePiece)]
    assert len(starts) == 4
    assert starts[2] - starts[1] > MOST_READ


@pytest.mark.parametrize("how", ["epoch", "lost"])
def test_a_source_that_comes_anew_is_a_break_and_one_only(how: str) -> None:
    side = InputSide(Lane())
    side.came(placed(H264, 0))
    if how == "lost":
        side.broke()
    side.came(placed(H264, SECOND_NS, epoch=1))
    side.came(placed(AAC, SECOND_NS, epoch=1))
    assert kinds(side.pieces) == ["break", "PicturePiece", "break", "PicturePiece", "CodedPiece"]


def test_the_configuration_of_a_picture_is_compared_once_a_format_not_once_a_picture() -> None:
    side = Side()
    for number in range(3):
        side.picture(placed(H264, number * SECOND_NS).item, OFFSET_NS)
    side.picture(placed(VideoFormat("h264", b"other"), 0).item, OFFSET_NS)
    codings = [piece.coding for piece in side.pieces if isinstance(piece, PicturePiece)]
    assert codings[0] is codings[1] is codings[2]
    assert codings[3].codec_data == b"other"


def test_what_came_is_handed_over_twice_a_second_with_the_window_as_it_is_now() -> None:
    writer, pace = Kept(), Pace(6 * SECOND_NS)
    previews = Previews(writer, Lane(), lambda: 100 * SECOND_NS)
    pace.arrived(0, 100 * SECOND_NS)
    for step in range(20):
        now = 100 * SECOND_NS + step * 100 * MS_NS
        previews.output.coded(AAC, b"frame", step)
        previews.hand_over(now, pace)
        # Too many dubs came late: everything leaves later from now on.
        pace.delay_ns = (6 if step < 10 else 16) * SECOND_NS
    batches = [batch for batch, _ in writer.batches]
    assert [len(batch.output) for batch in batches] == [1, 5, 5, 5]
    assert [size for _, size in writer.batches] == [5, 25, 25, 25]
    assert [batch.window_ns // SECOND_NS for batch in batches] == [36, 36, 36, 46]
    # A wall clock that runs like ours, and the time of the source, which is not moved by the delay.
    apart = {batch.wall_ns - (batch.media_now_ns or 0) for batch in batches}
    assert len(apart) == 1
    assert all(batch.input == [] for batch in batches)


def settings_with(**given: object) -> WorkerSettings:
    return WorkerSettings(**{**PASSTHROUGH, **given})


def test_without_a_folder_there_is_no_preview() -> None:
    settings = settings_with()
    assert make_previews(settings, Lane(), lambda: 0) is None
    assert (preview_status(settings, None).state, preview_status(settings, None).reason) == ("off", None)


def test_where_nothing_is_played_in_real_time_the_preview_is_off_and_says_why() -> None:
    settings = settings_with(input_url="in.mp4", output_url="out.mp4", realtime=False, preview_dir="p")
    assert make_previews(settings, Lane(), lambda: 0) is None
    status = preview_status(settings, None)
    assert status.state == "off"
    assert status.reason is not None


def test_the_status_tells_a_failure() -> None:
    writer = Kept()
    previews = Previews(writer, Lane(), lambda: 0)
    settings = settings_with(preview_dir="p")
    assert preview_status(settings, previews).state == "on"
    writer.failure = "No space left on device"
    assert preview_status(settings, previews).reason == "No space left on device"
    assert preview_status(settings, previews).state == "failed"
