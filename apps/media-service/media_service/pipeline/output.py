"""The output: video and sound, each with its time, to a URL. One `Output` is one connection.

Neither track may make the other wait: the muxers take nothing from one track while the other is silent, so a
hole in the video is announced to them, and the sound never has one.
"""

import logging
from typing import Any

from fragment_audio.format import FRAME_LENGTH, AudioFormat

from media_service.config.places import local_path
from media_service.config.urls import mask, scrub
from media_service.errors import OutputFailed
from media_service.handover.joint import Joint
from media_service.pipeline import muxers
from media_service.pipeline.backlog import Backlog
from media_service.pipeline.formats import audio_format
from media_service.pipeline.gst import NONE, Gst, contents, pipeline, take_messages
from media_service.pipeline.mp4_edit import Heard as Edit
from media_service.pipeline.mp4_edit import hide
from media_service.pipeline.muxers import PRIMING
from media_service.pipeline.packet import Packet, VideoFormat
from media_service.pipeline.seam import Seam
from media_service.pipeline.sinks import Uplink, set_destination
from media_service.pipeline.sync_probe import SyncProbe
from media_service.timeline.units import CHANNELS, MS_NS, RATE_HZ, SECOND_NS, samples_of

log = logging.getLogger("media_service.pipeline")

Heard = tuple[AudioFormat, bytes, int]
"""One AAC frame, and the media time of its sound."""

HEADROOM_NS = SECOND_NS
"""Output time of the first sample: encoder priming and decoding times lie before it and must not be negative.
"""
LOOK_NS = 400 * MS_NS
"""So often what waits is looked at."""


class Output:
    """Made, opened, fed, polled and closed; `open` and `close` may block and belong into a thread."""

    def __init__(
        self,
        url: str,
        *,
        video: VideoFormat | None,
        packets: AudioFormat | None = None,
        heard: bool = False,
    ) -> None:
        """`packets`: the sound comes as AAC of this format, not as PCM; `heard`: it is asked for as it went
        out.
        """
        self._url = url
        self._packets = packets
        self._codec = video.codec if video else None
        self._live = muxers.kind(url) == "rtsp"
        self._video_format: VideoFormat | None = None
        self._base_ns: int | None = None
        self._latest_ns = 0
        self._pictures: list[Any] = []
        """Those of this tick."""
        self._backlog = Backlog()
        self._looked_ns = 0
        self._rounding_ns = MS_NS // 2 if muxers.kind(url) in ("rtmp", ".flv") else 0
        """FLV counts milliseconds, and GStreamer rounds down."""
        self._made: Any = None
        self._pipeline: Any = None
        """Once it plays."""
        self._uplink: Uplink | None = None
        self._video: Any = None
        self._audio: Any = None
        self._is_heard = heard
        self._coder: Any = None
        self._coding: tuple[Any, AudioFormat] | None = None
        self._heard: list[Heard] = []
        self._first_sound_ns: int | None = None
        self._frame_ns = 0
        """When a frame of sound begins, and so others do, a whole number of frames from it."""
        self._pcm_bytes = 0
        self._sound_to_ns = 0
        self._shown_ns: tuple[int, int] | None = None
        self.finished = False
        """Everything has gone out, and the file or connection is closed in order."""
        muxers.check(url, video)

    @property
    def is_up(self) -> bool:
        """The other end takes what comes."""
        return self._uplink is not None and self._uplink.is_up

    def prepare(self) -> None:
        """What takes its time and connects nobody; `open` does it where it was not done."""
        made = pipeline(muxers.description(self._url, self._codec, self._packets, heard=self._is_heard))
        set_destination(made, self._url)
        self._video, self._audio = made.get_by_name("video"), made.get_by_name("audio")
        self._coder = made.get_by_name("heard")
        self.probe = SyncProbe(made.get_by_name("mux"))
        self._seam = Seam(made, counts_from_first=muxers.kind(self._url) in muxers.COUNTED)
        self._made = made

    def open(self) -> None:
        """Raises `OutputFailed`."""
        if self._made is None:
            self.prepare()
        made = self._made
        if made.set_state(Gst.State.PLAYING) == Gst.StateChangeReturn.FAILURE:
            try:
                self._raise_errors(made)
            finally:
                made.set_state(Gst.State.NULL)
            raise self._failed("cannot be opened")
        self._pipeline, self._uplink = made, Uplink(made)

    def close(self) -> None:
        if self._pipeline is not None:
            self._pipeline.set_state(Gst.State.NULL)
            self._made = self._pipeline = self._uplink = self._coder = None
            if self.finished and muxers.kind(self._url) == ".mp4":
                self._hide_what_is_not_heard()

    def begin(self, media_ns: int) -> None:
        """The media time that comes first; every later one keeps its distance from it."""
        start = HEADROOM_NS
        if self._live:
            start = self._pipeline.get_clock().get_time() - self._pipeline.get_base_time() + 200 * MS_NS
        self._base_ns = media_ns - start

    def join(self, seam: Joint) -> None:
        """Begins where another output ends, and counts on from its stamps where they are ours to choose."""
        self.begin(seam.media_ns)
        if not self._live:
            self._base_ns = seam.media_ns - seam.stamp_ns
        self._seam.begin(self._edge_ns(seam.media_ns + seam.sound_ns))

    def joint(self, media_ns: int) -> Joint:
        """What another needs to know to go on from this media time. Only once sound has gone out."""
        at = media_ns - (self._base_ns or 0) + self._rounding_ns
        # Rounded up to whole frames from one that is known.
        frames = -(-(at - self._frame_ns) * self._rate_hz // (FRAME_LENGTH * SECOND_NS))
        sound_ns = self._frame_ns + frames * FRAME_LENGTH * SECOND_NS // self._rate_hz - at
        return Joint(media_ns, at - self._rounding_ns - self._seam.zero_ns, sound_ns)

    def end_sound(self, seam: Joint) -> None:
        """Sound that is the other's does not go out; it may be sent all the same, for the encoder."""
        self._seam.end(self._edge_ns(seam.media_ns + seam.sound_ns))

    def end_no_sound(self) -> None:
        """It goes on after all."""
        self._seam.go_on()

    def _edge_ns(self, media_ns: int) -> int:
        """Half a frame before it: stamps are rounded, and frames are far apart."""
        half_ns = FRAME_LENGTH * SECOND_NS // self._rate_hz // 2
        return media_ns - (self._base_ns or 0) + self._rounding_ns - half_ns

    @property
    def _rate_hz(self) -> int:
        return self._packets.rate_hz if self._packets is not None else RATE_HZ

    @property
    def begun(self) -> bool:
        return self._base_ns is not None

    def picture(self, packet: Packet, offset_ns: int) -> None:
        """`offset_ns`: media time minus the packet's stamps."""
        if not isinstance(packet.format, VideoFormat) or self._video is None or self._base_ns is None:
            return
        if packet.format is not self._video_format:
            self.push()
            self._video.set_property("caps", Gst.Caps.from_string(muxers.video_caps(packet.format)))
            self._video_format = packet.format
        buffer = Gst.Buffer.new_wrapped(packet.data)
        shift = offset_ns - self._base_ns + self._rounding_ns
        pts_ns, dts_ns = packet.pts_ns + shift, max(0, packet.dts_ns + shift)
        buffer.pts, buffer.dts = pts_ns, dts_ns
        if packet.duration_ns:
            buffer.duration = packet.duration_ns
        if not packet.key:
            buffer.set_flags(Gst.BufferFlags.DELTA_UNIT)
        self._latest_ns = max(self._latest_ns, dts_ns)
        self.probe.picture(pts_ns)
        self._pictures.append(buffer)

    def push(self) -> None:
        """Sends the pictures on, right after one another: mostly that wakes the muxer's thread once."""
        # Never as a buffer list: appsrc passes a copy on, and still reads the one that Python lets go of.
        for buffer in self._pictures:
            self._video.push_buffer(buffer)
        self._pictures.clear()

    def no_picture(self, media_ns: int, duration_ns: int) -> None:
        """Nothing is to be shown anew in this stretch; the sound need not wait for it."""
        if self._video is None or self._base_ns is None:
            return
        self.push()
        at = max(media_ns - self._base_ns, self._latest_ns)
        self._latest_ns = at
        self._video.send_event(Gst.Event.new_gap(at, duration_ns))

    def sound(self, data: bytes, media_ns: int, duration_ns: int) -> None:
        """PCM (S16LE, contiguous), or one AAC packet."""
        if self._base_ns is None:
            return
        if self._first_sound_ns is None:
            self._first_sound_ns = media_ns
        buffer = Gst.Buffer.new_wrapped(data)
        priming_ns = 0 if self._packets else PRIMING * SECOND_NS // RATE_HZ
        buffer.pts = max(0, media_ns - self._base_ns - priming_ns + self._rounding_ns)
        buffer.duration = duration_ns
        if self._packets is not None or self._pcm_bytes == 0:
            self._frame_ns = buffer.pts
        self._audio.push_buffer(buffer)
        if self._packets is None:
            self._pcm_bytes += len(data)
            self._sound_to_ns = media_ns + duration_ns
        elif self._is_heard:
            self._heard.append((self._packets, data, media_ns))

    def heard(self) -> list[Heard]:
        """The sound that has gone to the muxer since the last call."""
        heard, self._heard = self._heard, []
        while self._coder is not None and (sample := self._coder.try_pull_sample(0)) is not None:
            buffer, caps = sample.get_buffer(), sample.get_caps()
            if self._coding is None or self._coding[0] is not caps:
                self._coding = caps, audio_format(caps)
            if buffer.pts != NONE and self._base_ns is not None:
                heard.append((self._coding[1], contents(buffer), self._media_ns(buffer.pts)))
        return heard

    def _media_ns(self, stamp_ns: int) -> int:
        """Of what the encoder made; its priming is taken out already."""
        return stamp_ns + (self._base_ns or 0) - self._rounding_ns

    def poll(self, now_ns: int) -> None:
        """Raises `OutputFailed` once the connection has failed, or takes nothing any more."""
        if self._pipeline is None:
            return
        self._raise_errors(self._pipeline)
        if now_ns < self._looked_ns + LOOK_NS:
            return
        self._looked_ns = now_ns
        problem = self._backlog.problem(self._levels_ns, self.backlog_bytes, now_ns)
        if problem is not None:
            raise self._failed(problem)

    @property
    def reserve_ns(self) -> int:
        """Media not taken yet, of the track that has the least: without any of it the muxer waits."""
        return min(self._levels_ns, default=0)

    @property
    def _levels_ns(self) -> list[int]:
        return [source.get_property("current-level-time") for source in self._sources]

    @property
    def backlog_bytes(self) -> int:
        return sum(source.get_property("current-level-bytes") for source in self._sources)

    @property
    def _sources(self) -> list[Any]:
        return [source for source in (self._video, self._audio) if source is not None and self._pipeline]

    def end(self, shown_ns: tuple[int, int] | None = None) -> None:
        """Nothing more comes; `finished` tells when the last has gone out. `shown_ns`: the media times from
        which and to which the source has been heard.
        """
        self.push()
        self._shown_ns = shown_ns
        if self._packets is None and self._first_sound_ns is not None:
            # The encoder keeps what fills no frame, and has everything later by its priming.
            size = 2 * CHANNELS
            lacking = -(self._pcm_bytes // size + PRIMING) % FRAME_LENGTH + PRIMING
            self.sound(bytes(size * lacking), self._sound_to_ns, lacking * SECOND_NS // RATE_HZ)
        for source in (self._video, self._audio):
            if source is not None:
                source.end_of_stream()

    def _hide_what_is_not_heard(self) -> None:
        if self._shown_ns is None or self._first_sound_ns is None:
            return
        begin, end, first = (samples_of(ns, self._rate_hz) for ns in (*self._shown_ns, self._first_sound_ns))
        skip = max(0, begin - first) + (0 if self._packets is not None else PRIMING)
        if end <= max(begin, first):
            return
        try:
            hidden = hide(local_path(self._url), Edit(skip, end - max(begin, first)))
        except OSError as error:
            log.warning("output: the file's end cannot be put right: %s", error.strerror)
        else:
            if not hidden:
                log.info("output: the file has no edit list that could be put right")

    # Messages

    def _raise_errors(self, of: Any) -> None:
        for message in take_messages(of):
            if message.type == Gst.MessageType.EOS:
                self.finished = True
            elif message.type == Gst.MessageType.LATENCY:
                of.recalculate_latency()
            elif message.type == Gst.MessageType.ERROR:
                error, debug = message.parse_error()
                raise self._failed(
                    scrub(error.message, [self._url]),
                    scrub(f"{message.src.get_name()}: {error.domain} {error.code}: {debug}", [self._url]),
                )
            elif message.type == Gst.MessageType.PROGRESS and self._uplink is not None:
                self._uplink.progress(message)
            elif message.type == Gst.MessageType.WARNING:
                warning, _ = message.parse_warning()
                log.info("output: %s", scrub(warning.message, [self._url]))

    def _failed(self, problem: str, detail: str = "") -> OutputFailed:
        """To open a file anew would be to lose what is in it."""
        returns = muxers.kind(self._url) in muxers.SERVED
        return OutputFailed(f"{mask(self._url)}: {problem}", detail=detail, retryable=returns)
