"""The elements of an input: from a URL to an appsink a track.

They are linked as the tracks show themselves, in streaming threads: the only Python that runs there.
"""

import contextlib
import threading
from collections import deque
from typing import Any
from urllib.parse import urlsplit

from media_service.config.reach import Internal, LedAstray, Reach, host_of
from media_service.config.urls import mask
from media_service.pipeline import sockets
from media_service.pipeline.formats import (
    AUDIO_CHAIN_AAC,
    DEPAYLOADERS,
    audio_chain,
    codec_name,
    video_chain,
)
from media_service.pipeline.gst import Gst, GstRtsp, linked, pipeline
from media_service.pipeline.jitter_buffers import watched
from media_service.pipeline.sender_reports import OFF_NS, SenderReports
from media_service.playlist.door import Door
from media_service.timeline.epochs import Track
from media_service.timeline.units import SECOND_NS

BRANCH = "queue name=head max-size-buffers=0 max-size-bytes=33554432 max-size-time=30000000000"
SINK = "appsink sync=false async=false"
MOST_PACKETS = 600
MOST_RTMP = 2000
MOST_BLOCKS = 20
"""Of a file's bytes."""
POLITE_S = 0.5
"""A server has so long to take its leave."""
PORTS = {"rtsp": 554, "rtsps": 322, "rtmp": 1935, "rtmps": 443}
LEADING_ELSEWHERE = (
    *("application/x-hls", "application/dash+xml", "application/vnd.ms-sstr+xml"),
    *("application/sdp", "application/x-rtsp", "text/uri-list", "application/x-subtitle"),
)
"""Kinds of content, told from its first bytes, that name other places."""
TS_WRAP_NS = 27 * 3600 * SECOND_NS
"""The clock of MPEG-TS wraps after 26.5 h. tsdemux throws away what has a stamp from before the connection,
counted from the arrival of the first; so that there is no such stamp, everything arrives this much later.
"""

_LEFT_OPEN: list[Any] = []
"""HLS inputs that were closed. hlsdemux2 of GStreamer 1.22 ends the whole process when it is stopped while
it waits for a playlist, so it is paused and kept: what it can load then is bounded by its queues.
"""


class Front:
    """One connection's pipeline. The poll reads what the streaming threads have put into its fields."""

    def __init__(self, url: str, rtsp_latency_ms: int, internal: Internal) -> None:
        self._url = url
        self._reach = Reach(url, internal)
        self._door: Door | None = None
        """Of HLS."""
        self._latency_ms = rtsp_latency_ms
        self._scheme = urlsplit(url).scheme
        self._programme: str | None = None
        self._handlers: list[tuple[Any, int]] = []
        self.sinks: dict[Track | None, Any] = {}
        """None: bytes of FLV, with all tracks in them."""
        self.past: list[tuple[Track, Any]] = []
        """Those of programmes that are over; what they still hold comes first."""
        self.branches: dict[Track, Any] = {}
        self.reports = SenderReports()
        self._sessions: dict[Track, int] = {}
        """Of RTP."""
        self.refused: str | None = None
        """Why this source is of no use."""
        self.astray: str | None = None
        """Where this source has tried to lead us."""
        self.complete = False
        """All tracks that there will be are known."""
        self._begun = False
        self._boundless: deque[tuple[Any, int]] = deque()
        self._before = sockets.known()
        self.pipeline = self._made()

    @property
    def path(self) -> str:
        return self._url.removeprefix("file://")

    @property
    def is_flv(self) -> bool:
        return None in self.sinks

    @property
    def is_even(self) -> bool:
        """Can be read at any speed."""
        return self._scheme in ("", "file", "http", "https") and not self.is_flv

    @property
    def is_undated(self) -> bool:
        """Sends no decoding times."""
        return self._scheme in ("rtsp", "rtsps")

    def begin(self) -> bool:
        """False where it cannot."""
        begun = self.pipeline.set_state(Gst.State.PLAYING)
        self._begun = True
        self._bound()
        return bool(begun != Gst.StateChangeReturn.FAILURE)

    def _add_sink(self, track: Track | None, sink: Any, most: int) -> None:
        """It has room for all until `begin` is over: a sink that waits for room holds a lock that it needs to
        begin, and who waits for that is who would make room.
        """
        self.sinks[track] = sink
        self._boundless.append((sink, most))
        if self._begun:
            self._bound()

    def _bound(self) -> None:
        # Two threads may be at it.
        with contextlib.suppress(IndexError):
            while True:
                sink, most = self._boundless.popleft()
                sink.set_property("max-buffers", most)

    def close(self) -> None:
        """Stops everything. May block."""
        if self._door is not None:
            self._door.close()
        if self._scheme in ("http", "https"):
            self.pipeline.set_state(Gst.State.PAUSED)
            _LEFT_OPEN.append(self.pipeline)
        else:
            # A reader that more comes for does not look up; one that is told politely needs no time.
            late = threading.Timer(POLITE_S, self.cut)
            late.daemon = True
            late.start()
            self.pipeline.set_state(Gst.State.NULL)
            late.cancel()
            # Until it has ended it holds this, and with it the pipeline and its descriptors.
            late.join()
        # An element holds its handlers, they hold this, and this holds the pipeline: no collector sees such a
        # circle, and every lost connection would stay in memory with its descriptors.
        while self._handlers:
            element, handler = self._handlers.pop()
            element.disconnect(handler)
        self.sinks.clear()
        self.past.clear()
        self.branches.clear()

    def cut(self) -> None:
        """Ends its connection where it is, so that nothing more comes while it is closed."""
        port = urlsplit(self._url).port or PORTS.get(self._scheme)
        if port is not None:
            sockets.cut(self._before, port)

    @property
    def picture_shift_ns(self) -> int | None:
        """What is to be added to the pictures' stamps; None until known."""
        return self.reports.apart_ns(*(self._sessions.get(track) for track in (Track.VIDEO, Track.AUDIO)))

    def has_piled_up(self, behind: Track | None) -> bool:
        """Another track has filled its sink meanwhile: this one has a hole."""
        return any(
            branch.get_by_name("head").get_property("current-level-buffers") > 0
            for track, branch in tuple(self.branches.items())
            if track is not behind
        )

    def _made(self) -> Any:
        scheme = self._scheme
        if scheme in ("rtmp", "rtmps"):
            made = pipeline(f"rtmp2src name=src ! {SINK} name=flv")
            made.get_by_name("src").set_property("location", self._url)
            made.get_by_name("src").set_property("timeout", 5)
            self._add_sink(None, made.get_by_name("flv"), MOST_RTMP)
            return made
        if scheme in ("", "file") and self.path.lower().endswith(".flv"):
            made = pipeline(f"filesrc name=src ! {SINK} name=flv")
            made.get_by_name("src").set_property("location", self.path)
            self._add_sink(None, made.get_by_name("flv"), MOST_BLOCKS)
            return made
        if scheme == "srt":
            # By the PCR, stamps would follow the arrivals, sound and picture apart from each other.
            held = "queue ! identity name=later single-segment=true silent=true"
            made = pipeline(f"srtsrc name=src ! {held} ! tsdemux name=demux ignore-pcr=true")
            made.get_by_name("later").get_static_pad("sink").set_offset(TS_WRAP_NS)
            made.get_by_name("src").set_property("uri", self._url)
            # With it on, a peer that is lost is never told of.
            made.get_by_name("src").set_property("auto-reconnect", False)
        elif scheme in ("rtsp", "rtsps"):
            made = pipeline("rtspsrc name=demux protocols=tcp tcp-timeout=5000000 buffer-mode=none")
            made.get_by_name("demux").set_property("location", self._url)
            made.get_by_name("demux").set_property("latency", self._latency_ms)
            made.get_by_name("demux").set_property("max-ts-offset", OFF_NS)
            sent = made.get_by_name("demux").connect("before-send", self._may_be_sent)
            self._handlers.append((made.get_by_name("demux"), sent))
            handler = watched(made.get_by_name("demux"), self.reports)
            self._handlers.append((made.get_by_name("demux"), handler))
        elif scheme in ("http", "https"):
            made = pipeline("urisourcebin name=demux")
            self._door = Door(self._url, self._reach)
            made.get_by_name("demux").set_property("uri", self._door.open())
            self._handlers.append((made, made.connect("deep-element-added", _direct)))
        else:
            demux = "tsdemux" if self.path.lower().endswith(".ts") else "parsebin"
            made = pipeline(f"filesrc name=src ! {demux} name=demux")
            made.get_by_name("src").set_property("location", self.path)
        self._handlers.append((made, made.connect("deep-element-added", _held_inside)))
        if made.get_by_name("demux").get_factory().get_name() == "parsebin":
            _held_inside(made, made, made.get_by_name("demux"))
        self._listen(made.get_by_name("demux"))
        return made

    @property
    def led_astray(self) -> str | None:
        """Where the source has tried to lead us, and we did not go."""
        return self.astray or (self._door.astray if self._door is not None else None)

    def _may_be_sent(self, _: Any, message: Any) -> bool:
        """Runs in a streaming thread before each RTSP request: a server may send us on to another."""
        told, _method, uri, _version = message.parse_request()
        if told != GstRtsp.RTSPResult.OK or not uri or "://" not in uri:
            return True
        try:
            self._reach.check(host_of(uri))
        except LedAstray as no:
            self.astray = str(no)
            return False
        return True

    def _listen(self, element: Any) -> None:
        for signal, handler in (("pad-added", self._pad_added), ("no-more-pads", self._no_more_pads)):
            self._handlers.append((element, element.connect(signal, handler)))

    def _no_more_pads(self, _: Any) -> None:
        self.complete = True

    def _begin_programme(self, number: str) -> None:
        """MPEG-TS may begin a new programme, whose tracks take the place of the old ones."""
        if self._programme not in (None, number):
            self.past += [(track, sink) for track, sink in self.sinks.items() if track is not None]
            self.sinks.clear()
        self._programme = number

    def _pad_added(self, element: Any, pad: Any) -> None:
        """Runs in a streaming thread, once a track: links what the track needs."""
        caps = pad.get_current_caps() or pad.query_caps(None)
        structure = caps.get_structure(0) if caps.get_size() else None
        factory = element.get_factory().get_name()
        if factory == "tsdemux":
            self._begin_programme(pad.get_name().split("_")[1])
            pad.add_probe(Gst.PadProbeType.EVENT_DOWNSTREAM, _unbounded)
        if structure is None or (factory == "urisourcebin" and structure.get_name() != "application/x-rtp"):
            parser = Gst.ElementFactory.make("parsebin")
            self._listen(parser)
            self._link(parser, pad, parser.get_static_pad("sink"))
            return
        track, chain = self._chain(structure)
        if chain is None:
            self._link_bin(pad, "fakesink name=head sync=false async=false")
            return
        branch = self._link_bin(pad, f"{BRANCH} ! {chain} ! {SINK} name=tail")
        self.branches[track] = branch
        if self.is_undated:
            # recv_rtp_src_SESSION_SSRC_TYPE
            self._sessions[track] = int(pad.get_name().split("_")[3])
        self._add_sink(track, branch.get_by_name("tail"), MOST_PACKETS)

    def _chain(self, structure: Any) -> tuple[Track, str | None]:
        """Which track this is, and its elements; None for one that is not wanted."""
        name, front = structure.get_name(), ""
        if name == "application/x-rtp":
            encoding = (structure.get_string("encoding-name") or "").upper()
            track = Track.VIDEO if structure.get_string("media") == "video" else Track.AUDIO
            depayloader = DEPAYLOADERS.get(encoding)
            if depayloader is None:
                self._refuse(track, encoding)
                return track, None
            video = {"H264": "video/x-h264", "H265": "video/x-h265"}.get(encoding)
            front = f"{depayloader} ! "
            chain = video_chain(video) if video else _rtp_audio_chain(encoding)
        elif name.startswith(("video/", "image/")):
            track, chain = Track.VIDEO, video_chain(name)
        elif name.startswith("audio/"):
            track, chain = Track.AUDIO, audio_chain(structure)
        else:
            return Track.AUDIO, None
        if track in self.sinks:
            return track, None
        if chain is None:
            self._refuse(track, name)
            return track, None
        return track, front + chain

    def _refuse(self, track: Track, codec: str) -> None:
        wanted = "H.264 and H.265" if track is Track.VIDEO else "AAC, Opus, MP3, AC-3 and PCM"
        self.refused = (
            f"{mask(self._url)}: its {track.value} is {codec_name(codec)}; only {wanted} can be taken"
        )

    def _link_bin(self, pad: Any, description: str) -> Any:
        branch = Gst.parse_bin_from_description(description, False)
        head = branch.get_by_name("head").get_static_pad("sink")
        branch.add_pad(Gst.GhostPad.new("sink", head))
        self._link(branch, pad, branch.get_static_pad("sink"))
        return branch

    def _link(self, element: Any, pad: Any, sink: Any) -> None:
        self.pipeline.add(element)
        element.sync_state_with_parent()
        if not linked(pad, sink):
            self.refused = f"{mask(self._url)}: GStreamer cannot link {pad.get_name()}"


def _direct(_: Any, __: Any, element: Any) -> None:
    """Our own port is asked without the proxy that the environment may name."""
    if element.get_factory() is not None and element.get_factory().get_name() == "souphttpsrc":
        element.set_property("proxy", "")


def _held_inside(_: Any, __: Any, element: Any) -> None:
    """What is in a stream must not make GStreamer open others: a "segment" may be a playlist itself, and a
    file a description of a session.
    """
    if element.get_factory() is not None and element.get_factory().get_name() == "parsebin":
        element.connect("autoplug-continue", _goes_on)


def _goes_on(_: Any, __: Any, caps: Any) -> bool:
    name = caps.get_structure(0).get_name() if caps.get_size() else ""
    return not name.startswith(LEADING_ELSEWHERE)


def _rtp_audio_chain(encoding: str) -> str:
    if encoding in ("MPEG4-GENERIC", "MP4A-LATM"):
        return AUDIO_CHAIN_AAC
    return {"OPUS": "opusparse", "AC3": "ac3parse", "MPA": "mpegaudioparse"}.get(
        encoding, "identity silent=true"
    )


def _unbounded(pad: Any, info: Any) -> Any:
    """A segment without a beginning, for a clock that may be set back: parsers drop what lies before it."""
    if info.get_event().type != Gst.EventType.SEGMENT:
        return Gst.PadProbeReturn.OK
    segment = Gst.Segment()
    segment.init(Gst.Format.TIME)
    pad.get_peer().send_event(Gst.Event.new_segment(segment))
    return Gst.PadProbeReturn.DROP
