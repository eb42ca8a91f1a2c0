"""The input: a URL becomes packets with their stamps. One `Source` is one connection; a new one is a new
`Source`.
"""

import logging
from typing import Any
from urllib.parse import urlsplit

from media_service.config.urls import mask, scrub
from media_service.errors import InputFailed
from media_service.pipeline.decode_order import DecodeOrder
from media_service.pipeline.flv import FlvDemuxer
from media_service.pipeline.formats import (
    DEPAYLOADERS,
    audio_chain,
    audio_format,
    video_chain,
    video_format,
)
from media_service.pipeline.gst import NONE, Gst, contents, pipeline, take_messages
from media_service.pipeline.packet import Packet
from media_service.timeline.epochs import Track
from media_service.timeline.units import SECOND_NS

log = logging.getLogger("media_service.pipeline")

START_S = 10
"""Seconds within which a source must have begun."""
BRANCH = "queue name=head max-size-buffers=0 max-size-bytes=33554432 max-size-time=30000000000"
SINK = "appsink name=tail sync=false async=false max-buffers=600"


class Source:
    """Made, opened, polled and closed; `open` and `close` may block and belong into a thread."""

    def __init__(self, url: str, *, rtsp_latency_ms: int = 200) -> None:
        self._url = url
        self._latency_ms = rtsp_latency_ms
        self._sinks: dict[Track | None, Any] = {}
        self._branches: dict[Track, Any] = {}
        self._newest: dict[Track | None, int] = {}
        """Stamps in nanoseconds."""
        self._even = False
        self._past: list[tuple[Track, Any]] = []
        """Those of programmes that are over; what they still hold comes first."""
        self._programme: str | None = None
        self._formats: dict[Track, tuple[Any, Any]] = {}
        self._flv: FlvDemuxer | None = None
        self._order: DecodeOrder[Packet] | None = None
        self._dated = False
        """The first access unit has shown whether there are decoding times."""
        self._refused: str | None = None
        self._pipeline: Any = None
        self.ended = False
        """The source has said that nothing more comes, and everything before has been polled."""
        self.complete = False
        """All tracks that there will be are known."""
        self._eos = False

    def open(self) -> None:
        """Raises `InputFailed`."""
        self._pipeline = self._front()
        if self._pipeline.set_state(Gst.State.PLAYING) == Gst.StateChangeReturn.FAILURE:
            self._raise_errors()
            raise InputFailed(f"cannot open {mask(self._url)}")

    def close(self) -> None:
        if self._pipeline is not None:
            self._pipeline.set_state(Gst.State.NULL)
            self._pipeline = None
            self._sinks.clear()
            self._past.clear()

    def has(self, track: Track) -> bool:
        """A track of this kind has shown itself."""
        if self._flv is not None:
            return (self._flv.audio if track is Track.AUDIO else self._flv.video) is not None
        return track in self._sinks

    def poll(self, most: int = 200) -> list[Packet]:
        """What has come since, at most so many of each track. Raises `InputFailed` once the source has
        failed.
        """
        packets: list[Packet] = []
        for track, sink in (*self._past, *self._sinks.items()):
            if self._even and sink in self._sinks.values():
                continue
            for _ in range(most):
                sample = sink.try_pull_sample(0)
                if sample is None:
                    break
                packets += self._read(track, sample)
        if self._even:
            packets += self._evenly(most)
        if self._refused is not None:
            raise InputFailed(self._refused, retryable=False)
        if len(packets) < most:
            self._raise_errors()
            if self._eos and not packets and not self.ended:
                self.ended = True
                return self._order_rest()
        return packets

    def _evenly(self, most: int) -> list[Packet]:
        """From what can be read at any speed: always the track that is behind, so that none runs away."""
        packets: list[Packet] = []
        waiting = dict(self._sinks)
        while waiting and len(packets) < most:
            track = min(waiting, key=lambda track: self._newest.get(track, -1))
            sample = waiting[track].try_pull_sample(0)
            if sample is not None:
                packets += self._read(track, sample)
            elif waiting[track].is_eos() or self._piled_up(track):
                del waiting[track]
            else:
                break
        return packets

    def _piled_up(self, behind: Track | None) -> bool:
        """Another track has filled its sink meanwhile: this one has a hole."""
        return any(
            branch.get_by_name("head").get_property("current-level-buffers") > 0
            for track, branch in tuple(self._branches.items())
            if track is not behind
        )

    # Messages

    def _raise_errors(self) -> None:
        for message in take_messages(self._pipeline):
            if message.type == Gst.MessageType.EOS:
                self._eos = True
            elif message.type == Gst.MessageType.LATENCY:
                self._pipeline.recalculate_latency()
            elif message.type == Gst.MessageType.ERROR:
                error, debug = message.parse_error()
                raise InputFailed(
                    f"{mask(self._url)}: {scrub(error.message, [self._url])}",
                    detail=scrub(
                        f"{message.src.get_name()}: {error.domain} {error.code}: {debug}", [self._url]
                    ),
                )
            elif message.type == Gst.MessageType.WARNING:
                warning, _ = message.parse_warning()
                log.info("source: %s", scrub(warning.message, [self._url]))

    # Samples to packets

    def _read(self, track: Track | None, sample: Any) -> list[Packet]:
        buffer = sample.get_buffer()
        if self._flv is not None:
            return list(self._flv.packets(contents(buffer)))
        if track is None or (buffer.pts == NONE and buffer.dts == NONE):
            return []
        running = sample.get_segment().to_running_time_full
        stamps = []
        for stamp in (buffer.pts, buffer.dts):
            sign, value = running(Gst.Format.TIME, stamp) if stamp != NONE else (0, 0)
            stamps.append(sign * value if sign else None)
        pts_ns = stamps[0] if stamps[0] is not None else stamps[1]
        if pts_ns is None:
            return []
        dts_ns = stamps[1] if stamps[1] is not None and track is Track.VIDEO else pts_ns
        self._newest[track] = dts_ns
        packet = Packet(
            track,
            self._format(track, sample.get_caps()),
            contents(buffer),
            pts_ns,
            min(dts_ns, pts_ns),
            0 if buffer.duration == NONE else buffer.duration,
            not buffer.has_flags(Gst.BufferFlags.DELTA_UNIT),
        )
        if track is Track.VIDEO and self._order is None and stamps[1] is None and not self._dated:
            # Matroska has no decoding times either.
            self._order = DecodeOrder()
        self._dated = self._dated or track is Track.VIDEO
        if self._order is None or track is Track.AUDIO:
            return [packet]
        return [_redated(unit, dts) for dts, unit in self._order.add(pts_ns, packet)]

    def _order_rest(self) -> list[Packet]:
        return [] if self._order is None else [_redated(unit, dts) for dts, unit in self._order.flush()]

    def _format(self, track: Track, caps: Any) -> Any:
        known = self._formats.get(track)
        if known is None or not (known[0] is caps or known[0].is_equal(caps)):
            known = caps, audio_format(caps) if track is Track.AUDIO else video_format(caps)
            self._formats[track] = known
        return known[1]

    # The elements

    def _front(self) -> Any:
        scheme = urlsplit(self._url).scheme
        if scheme in ("rtmp", "rtmps"):
            front = pipeline("rtmp2src name=src ! appsink name=flv sync=false async=false max-buffers=2000")
            front.get_by_name("src").set_property("location", self._url)
            front.get_by_name("src").set_property("timeout", 5)
            return self._flv_front(front)
        if scheme in ("", "file") and self._path.lower().endswith(".flv"):
            front = pipeline("filesrc name=src ! appsink name=flv sync=false async=false max-buffers=20")
            front.get_by_name("src").set_property("location", self._path)
            return self._flv_front(front)
        if scheme == "srt":
            # By the PCR, stamps would follow the arrivals, sound and picture apart from each other.
            front = pipeline("srtsrc name=src ! queue ! tsdemux name=demux ignore-pcr=true")
            front.get_by_name("src").set_property("uri", self._url)
            # With it on, a peer that is lost is never told of.
            front.get_by_name("src").set_property("auto-reconnect", False)
        elif scheme in ("rtsp", "rtsps"):
            front = pipeline("rtspsrc name=demux protocols=tcp tcp-timeout=5000000 buffer-mode=none")
            front.get_by_name("demux").set_property("location", self._url)
            front.get_by_name("demux").set_property("latency", self._latency_ms)
            self._order = DecodeOrder()
        elif scheme in ("http", "https"):
            front = pipeline("urisourcebin name=demux")
            front.get_by_name("demux").set_property("uri", self._url)
        else:
            demux = "tsdemux" if self._path.lower().endswith(".ts") else "parsebin"
            front = pipeline(f"filesrc name=src ! {demux} name=demux")
            front.get_by_name("src").set_property("location", self._path)
        self._even = scheme in ("", "file", "http", "https")
        demux = front.get_by_name("demux")
        demux.connect("pad-added", self._pad_added, front)
        demux.connect("no-more-pads", self._no_more_pads)
        return front

    @property
    def _path(self) -> str:
        return self._url.removeprefix("file://")

    def _flv_front(self, front: Any) -> Any:
        self._flv = FlvDemuxer()
        self._sinks[None] = front.get_by_name("flv")
        return front

    def _no_more_pads(self, _: Any) -> None:
        self.complete = True

    def _begin_programme(self, number: str) -> None:
        """MPEG-TS may begin a new programme, whose tracks take the place of the old ones."""
        if self._programme not in (None, number):
            self._past += [(track, sink) for track, sink in self._sinks.items() if track is not None]
            self._sinks.clear()
        self._programme = number

    def _pad_added(self, element: Any, pad: Any, front: Any) -> None:
        """Runs in a streaming thread, once a track: links what the track needs."""
        caps = pad.get_current_caps() or pad.query_caps(None)
        structure = caps.get_structure(0) if caps.get_size() else None
        factory = element.get_factory().get_name()
        if factory == "tsdemux":
            self._begin_programme(pad.get_name().split("_")[1])
            pad.add_probe(Gst.PadProbeType.EVENT_DOWNSTREAM, _unbounded)
        if structure is None or (factory == "urisourcebin" and structure.get_name() != "application/x-rtp"):
            parser = Gst.ElementFactory.make("parsebin")
            parser.connect("pad-added", self._pad_added, front)
            parser.connect("no-more-pads", self._no_more_pads)
            self._link(front, parser, pad, parser.get_static_pad("sink"))
            return
        track, chain = self._chain(structure)
        if chain is None:
            self._link_bin(front, pad, "fakesink name=head sync=false async=false")
            return
        branch = self._link_bin(front, pad, f"{BRANCH} ! {chain} ! {SINK}")
        self._branches[track] = branch
        self._sinks[track] = branch.get_by_name("tail")

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
        if track in self._sinks:
            return track, None
        if chain is None:
            self._refuse(track, name)
            return track, None
        return track, front + chain

    def _refuse(self, track: Track, codec: str) -> None:
        wanted = "H.264 and H.265" if track is Track.VIDEO else "AAC, Opus, MP3, AC-3 and PCM"
        self._refused = f"{mask(self._url)}: its {track.value} is {codec}; only {wanted} can be taken"

    def _link_bin(self, front: Any, pad: Any, description: str) -> Any:
        branch = Gst.parse_bin_from_description(description, False)
        head = branch.get_by_name("head").get_static_pad("sink")
        branch.add_pad(Gst.GhostPad.new("sink", head))
        self._link(front, branch, pad, branch.get_static_pad("sink"))
        return branch

    def _link(self, front: Any, element: Any, pad: Any, sink: Any) -> None:
        front.add(element)
        element.sync_state_with_parent()
        if pad.link(sink) != Gst.PadLinkReturn.OK:
            self._refused = f"{mask(self._url)}: GStreamer cannot link {pad.get_name()}"


def _rtp_audio_chain(encoding: str) -> str:
    if encoding in ("MPEG4-GENERIC", "MP4A-LATM"):
        return "aacparse ! audio/mpeg,mpegversion=4,stream-format=raw"
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


def _redated(packet: Packet, dts_ns: int) -> Packet:
    return Packet(
        packet.track, packet.format, packet.data, packet.pts_ns, dts_ns, packet.duration_ns, packet.key
    )


__all__ = ["SECOND_NS", "START_S", "Source"]
