"""The media's way through the worker, tick by tick: taken in, placed in time, held, sent out when due."""

from collections.abc import Callable
from dataclasses import dataclass, replace

from fragment_audio.errors import Undecodable
from fragment_audio.format import AudioFormat

from media_service.config.settings import WorkerSettings
from media_service.errors import InputFailed
from media_service.metrics.worker import Mode
from media_service.pipeline.packet import Packet, VideoFormat
from media_service.timeline.epochs import Epochs, Placed, Track
from media_service.timeline.pace import Pace
from media_service.timeline.pictures import Pictures
from media_service.timeline.shift import Shift
from media_service.timeline.slots import LEAD, Slot
from media_service.timeline.units import MS_NS, SECOND_NS, ns_of, samples_of
from media_service.worker.inlet import Inlet, InletState
from media_service.worker.keyframes import Held, Keyframes
from media_service.worker.outlet import Outlet
from media_service.worker.previewing import InputSide
from media_service.worker.recording import SegmentRecord
from media_service.worker.sound_path import SoundPath
from media_service.worker.span import Span

BUFFER_NS = 10 * SECOND_NS
"""Media kept beyond the delay; past that the oldest goes."""
MOST_VIDEO_BYTES = 256 * 1024 * 1024
OPEN_AHEAD_NS = 2 * SECOND_NS
"""The output is connected this long before the first packet is due: earlier, servers take it for idle."""
AHEAD_NS = SECOND_NS // 2
"""A file is read this far ahead of its time."""
FILE_POLL, FILE_POLLS = 20, 6
"""Packets that are read of it at once, and how often a tick."""
HLS_AHEAD_NS = 6 * SECOND_NS
"""So is a playlist, for all of it may be there at once; with what one poll brings it is under `BUFFER_NS`."""
MOST_RESERVE_NS = 2 * SECOND_NS
"""Without a clock, the output's own speed is the pace."""
STEP = samples_of(SECOND_NS)
"""Without a clock, so much leaves at once: half of `MOST_RESERVE_NS`, for the muxer takes the sound beside a
hole in the pictures only when it is told of the next one.
"""
SETTLE_NS = 3 * SECOND_NS
"""For a track that comes later than the first packet."""
LONG_NS = 60 * SECOND_NS
"""Longer than any packet is held for."""
NO_SOUND_NS = 10 * SECOND_NS
NO_PICTURE_NS = 10 * SECOND_NS
SOUND_LATE_NS = 2 * SECOND_NS
"""Sound that is this far behind the picture will not come: silence takes its place, up to a second behind."""
SOUND_ALLOWANCE_NS = SECOND_NS
SOUND_AHEAD_NS = 80 * MS_NS
"""Sound leaves this much before its pictures: so long the encoder keeps it, and the muxer waits for it."""
LEAVE_EARLY_NS = 120 * MS_NS
"""The last of what goes out before a successor's first picture goes out so much before its time."""
CODED_LATE_NS = 150 * MS_NS
"""Sound that an encoder has had when it gives a frame: its priming, and the frame that follows."""


@dataclass(frozen=True, slots=True, eq=False)
class Waiting:
    """An access unit that waits for its time."""

    placed: Placed[Packet]
    connection: int

    @property
    def size(self) -> int:
        return self.placed.item.size

    @property
    def key(self) -> bool:
        return self.placed.item.key


class Flow:
    """Owned by the tick; raises `InputFailed` where the source is of no use."""

    def __init__(
        self,
        settings: WorkerSettings,
        inlet: Inlet,
        outlet: Outlet,
        *,
        make_sound: Callable[[AudioFormat, int], SoundPath],
        undecided: Callable[[], list[Slot]],
        record: SegmentRecord | None = None,
        preview: InputSide | None = None,
    ) -> None:
        """`undecided`: the slots whose result must be waited for where no clock decides."""
        self._inlet = inlet
        self._outlet = outlet
        self._make_sound = make_sound
        self._undecided = undecided
        self._record = record
        self._preview = preview
        self._kind = settings.input_kind
        self._dubs = settings.is_dubbing
        self.fast = not settings.realtime and self._kind == "file"
        """As fast as it goes: no clock, no deadlines."""
        self._ahead_ns = 0 if self.fast else SOUND_AHEAD_NS
        live = self._kind != "file"
        self.pace = Pace(settings.delay_ns, follow=live, bursty=self._kind == "hls")
        self.pictures: Pictures[Waiting] = Pictures(settings.delay_ns + BUFFER_NS, MOST_VIDEO_BYTES)
        self.sound: SoundPath | None = None
        self.audio: AudioFormat | None = None
        self.video: VideoFormat | None = None
        self.pictures_in = 0
        self.delay_ns: int | None = None
        """Of the latest picture that went out: from its arrival until its sound was there too."""
        self.ending = False
        """Nothing more comes in."""
        self._epochs: Epochs[Packet] = Epochs() if live else Epochs(gather_ns=0)
        self._shift = Shift()
        self._connection = 0
        self._has_picture = False
        """A track for it has been seen, be it on a connection that was lost."""
        self._first_ns: int | None = None
        self._latest_media_ns = 0
        self._latest_picture_ns = 0
        self._last_cut = 0
        self._span = Span()
        self._begins_ns: int | None = None
        """Pictures before it are a predecessor's."""
        self._ends_ns: int | None = None
        """Those from it on are a successor's."""

    # In

    def take_in(self, now: int) -> None:
        """What has come since the last tick."""
        if self._kind != "file":
            self._take_packets(self._inlet.poll() if self._has_room(now) else [], now)
        for _ in range(FILE_POLLS if self._kind == "file" else 0):
            # A little at a time, so as not to take in much more than there is room for.
            packets = self._inlet.poll(FILE_POLL) if self._has_room(now) else []
            self._take_packets(packets, now)
            if not packets:
                break
        for placed in self._epochs.overdue(now):
            self._take(placed, now)
        shift_ns = self._inlet.picture_shift_ns
        if shift_ns is not None:
            self._shift.tell(self._connection, shift_ns)
        if self._inlet.state is InletState.LIVE and not self.fast and self.sound is not None:
            self._fill(self.sound)

    def _take_packets(self, packets: list[Packet], now: int) -> None:
        for packet in packets:
            for placed in self._epochs.place(
                packet,
                packet.track,
                packet.dts_ns,
                packet.duration_ns,
                media_now_ns=self._media_now(now),
                now_ns=now,
            ):
                self._take(placed, now)

    def connected(self) -> None:
        """What comes from now on is of a new connection."""
        self._epochs.connected()
        self._connection += 1
        self.pace.begin_epoch()

    def lost(self) -> None:
        """The connection is gone, and the open slot with it."""
        if self._preview is not None:
            self._preview.broke()
        if self.sound is not None:
            self.sound.close()

    def end(self, now: int) -> None:
        """Nothing more comes in, and nothing more will tell what a packet that waits for its place means."""
        for placed in self._epochs.overdue(now + LONG_NS):
            self._take(placed, now)
        self.ending = True
        self.lost()

    def cut(self, end: int) -> None:
        """A slot has been cut, up to there."""
        self._last_cut = end

    def wants_output(self, now: int) -> bool:
        """It is known what the output is to carry, and it is time to open it."""
        if self._first_ns is None:
            return False
        since = now - self._first_ns
        if self.sound is None:
            silent = self._inlet.complete and not self._inlet.has(Track.AUDIO)
            if since > NO_SOUND_NS or silent or self.ending:
                raise InputFailed("the source has no sound to dub", retryable=False)
            return False
        no_video = self._inlet.complete and not self._inlet.has(Track.VIDEO)
        # One who joins in the middle sees the picture's track at once, and its first picture a GOP later.
        self._has_picture = self._has_picture or self._inlet.has(Track.VIDEO)
        patience_ns = NO_PICTURE_NS if self._has_picture else SETTLE_NS
        settled = self.video is not None or no_video or since > patience_ns or self.ending
        return settled and (self.fast or self.pace.media_due(now) >= -OPEN_AHEAD_NS)

    # Out

    def decided_ns(self, slot: Slot) -> int | None:
        """The clock time at which a slot must be decided; None where no clock decides."""
        return None if self.fast else self.pace.due_ns(ns_of(slot.decided_at)) - self._ahead_ns

    def send_out(self, now: int, mode: Mode) -> None:
        """What is due."""
        until = self._due(now)
        if until is None or self.sound is None:
            return
        until_ns = ns_of(until) - self._ahead_ns
        head = self.pictures.head
        shift_ns = self._shift.at(head.connection) if head is not None else 0
        picture_ns = until_ns - shift_ns
        if self._ends_ns is not None:
            picture_ns = min(picture_ns, self._ends_ns - 1)
        self._show(picture_ns, now)
        self.sound.render(until, mode)
        self._outlet.time(until_ns)

    def _show(self, until_ns: int, now: int) -> None:
        for decode_ns, waiting in self.pictures.due(until_ns):
            shift_ns = self._shift.leaving(waiting.connection, decode_ns)
            if self._begins_ns is not None and decode_ns < self._begins_ns:
                continue
            self._outlet.picture(waiting.placed.item, waiting.placed.offset_ns + shift_ns)
            self.delay_ns = now - waiting.placed.arrived_ns

    # From a predecessor, to a successor

    def keyframes(self, known: Keyframes, now: int, least_ns: int) -> list[Held]:
        """Those that wait, and are due in `least_ns` or later."""
        waiting = (
            (decode_ns, decode_ns + self._shift.at(one.connection), one.placed.item)
            for decode_ns, one in self.pictures.keyframes()
        )
        return known.held(waiting, lambda decode_ns: self.pace.due_ns(decode_ns) - now, least_ns)

    def first_due_in_ns(self, now: int) -> int | None:
        """When the first thing that came leaves; None where nothing has, or the sound is still missing."""
        return None if self.sound is None else -self.pace.media_due(now)

    def begins_at(self, decode_ns: int | None) -> None:
        """Pictures before it do not go out; None: whatever is due does, if the output is ours."""
        self._begins_ns = decode_ns

    def ends_at(self, decode_ns: int) -> None:
        """Pictures from it on do not go out."""
        self._ends_ns = decode_ns

    def has_reached(self, decode_ns: int, now: int) -> bool:
        """A little before its time: while the other connects, viewers have that much to show."""
        return self.pace.media_due(now) + LEAVE_EARLY_NS >= decode_ns

    def send_rest(self, sound_ns: int, now: int, mode: Mode) -> None:
        """All that is ours still, before its time; the encoder can give all sound before `sound_ns`."""
        if self._ends_ns is not None:
            self._show(self._ends_ns - 1, now)
        if self.sound is not None:
            until = samples_of(sound_ns + CODED_LATE_NS)
            self.sound.render(max(until, self.sound.position), mode)

    @property
    def shown_ns(self) -> tuple[int, int] | None:
        """The media times from which and to which there is something of the source to hear."""
        return self._span.told(self.sound.head) if self.sound is not None else None

    @property
    def is_empty(self) -> bool:
        """Everything that came has gone out."""
        return (self.sound is None or self.sound.position >= self.sound.head) and not len(self.pictures)

    @property
    def held_bytes(self) -> int:
        return self.pictures.held_bytes + (self.sound.held_bytes if self.sound is not None else 0)

    def _due(self, now: int) -> int | None:
        """The lane position up to which everything leaves now."""
        if self.pace.origin_ns is None or self.sound is None:
            return None
        position = self.sound.position
        if not self.fast:
            until = samples_of(self.pace.media_due(now) + self._ahead_ns)
        elif not self._outlet.is_open or self._outlet.reserve_ns > MOST_RESERVE_NS:
            return None
        else:
            waited_for = self._undecided()
            until = self._known
            if waited_for:
                until = min(until, waited_for[0].decided_at)
            elif (self._dubs or self._record is not None) and not self.ending:
                until = min(until, self._last_cut - LEAD)
            # Also where no sound is left: the last pictures may come after it.
            return min(until, position + STEP) if until >= position else None
        return until if until > position else None

    @property
    def _known(self) -> int:
        """The lane position up to which sound and pictures have come, where no clock tells."""
        if self.sound is None:
            return 0
        if self.ending:
            # The pictures may go on for longer than the sound.
            return max(self.sound.head, samples_of(self._latest_media_ns) + 1)
        if self.video is None or not self._has_room(0):
            return self.sound.head
        return min(self.sound.head, samples_of(self._latest_picture_ns) + 1)

    def _media_now(self, now: int) -> int:
        """Where no clock decides, a jump in the source's stamps takes no time."""
        return self._latest_media_ns if self.fast else self.pace.media_now(now)

    def _has_room(self, now: int) -> bool:
        """A file is read as it is played, a live source as it comes; a playlist may be either."""
        if self._kind not in ("file", "hls") or self.pace.origin_ns is None:
            return True
        if self.fast and self._record is not None and self._record.is_behind:
            return False
        if self.fast and self.sound is not None:
            return self.sound.head - self.sound.position < samples_of(self.pace.delay_ns + BUFFER_NS // 2)
        return self.ahead_ns(now) < (AHEAD_NS if self._kind == "file" else HLS_AHEAD_NS)

    def ahead_ns(self, now: int) -> int:
        """Media that has come before its time."""
        return max(0, self._latest_media_ns - self.pace.media_now(now))

    def _fill(self, sound: SoundPath) -> None:
        """Where the picture has gone on and the sound has not. One that is late with both is only late."""
        behind_ns = self._latest_media_ns - ns_of(sound.head)
        urgent = sound.head - sound.position < samples_of(SOUND_ALLOWANCE_NS)
        # HLS may bring its tracks in turns, a segment of each.
        if behind_ns > SOUND_LATE_NS and (urgent or self._kind != "hls"):
            sound.fill(samples_of(self._latest_media_ns - SOUND_ALLOWANCE_NS))

    def _take(self, placed: Placed[Packet], now: int) -> None:
        self.pace.arrived(placed.media_ns, placed.arrived_ns)
        self._first_ns = self._first_ns or now
        self._latest_media_ns = max(self._latest_media_ns, placed.media_ns)
        item = placed.item
        self._span.came(placed)
        if isinstance(item.format, VideoFormat):
            self.video = self.video or item.format
            self.pictures_in += 1
            self._latest_picture_ns = placed.media_ns
            self.pictures.put(placed.media_ns, Waiting(placed, self._connection))
            shift_ns = self._shift.wanted(self._connection)
            shown = replace(placed, offset_ns=placed.offset_ns + shift_ns) if shift_ns else placed
            if self._record is not None:
                self._record.picture(shown)
            if self._preview is not None:
                self._preview.came(shown)
            return
        self.audio = item.format
        if self.sound is None:
            self.sound = self._make_sound(item.format, max(0, samples_of(self.pace.media_due(now))))
        try:
            self.sound.packet(placed)
        except Undecodable as error:
            raise InputFailed(f"the source's sound cannot be decoded: {error}", retryable=False) from error
        if self._preview is not None:
            self._preview.came(placed)
