"""The input: a URL becomes packets with their stamps. One `Source` is one connection; a new one is a new
`Source`.
"""

import contextlib
import logging
from typing import Any

from media_service.audio.mp4_tail import TailPacket, sound_tail
from media_service.config.reach import Internal
from media_service.config.urls import mask, scrub
from media_service.errors import InputFailed
from media_service.pipeline.decode_order import DecodeOrder
from media_service.pipeline.deep_stacks import deep_stacks
from media_service.pipeline.flv import FlvDemuxer
from media_service.pipeline.formats import audio_format, video_format
from media_service.pipeline.front import Front
from media_service.pipeline.gst import NONE, Gst, contents, take_messages
from media_service.pipeline.matroska import sound_delay_ns
from media_service.pipeline.packet import Packet
from media_service.timeline.epochs import Track

log = logging.getLogger("media_service.pipeline")

MP4_SUFFIXES = (".mp4", ".m4a", ".m4v", ".mov")


class Source:
    """Made, opened, polled and closed; `open` and `close` may block and belong into a thread."""

    def __init__(self, url: str, *, rtsp_latency_ms: int = 200, internal: Internal = "same-host") -> None:
        self._url = url
        self._internal: Internal = internal
        self._latency_ms = rtsp_latency_ms
        self._front: Front | None = None
        self._newest: dict[Track | None, int] = {}
        """Stamps in nanoseconds."""
        self._formats: dict[Track, tuple[Any, Any]] = {}
        self._flv: FlvDemuxer | None = None
        self._order: DecodeOrder[Packet] | None = None
        self._dated = False
        """The first access unit has shown whether there are decoding times."""
        self._late_ns = 0
        """Of the sound's stamps."""
        self._tail: list[TailPacket] = []
        """What the demuxer leaves out is among it."""
        self._heard: Packet | None = None
        """The latest one of sound."""
        self.ended = False
        """The source has said that nothing more comes, and everything before has been polled."""
        self._eos = False

    def open(self) -> None:
        """Raises `InputFailed`."""
        front = self._front = Front(self._url, self._latency_ms, self._internal)
        self._flv = FlvDemuxer() if front.is_flv else None
        self._order = DecodeOrder() if front.is_undated else None
        if front.path.lower().endswith(".mkv"):
            self._late_ns = sound_delay_ns(front.path)
        if front.path.lower().endswith(MP4_SUFFIXES) and front.is_even:
            self._tail = sound_tail(front.path)
        with deep_stacks() if front.is_flv else contextlib.nullcontext():
            begun = front.begin()
        if not begun:
            self._raise_errors(front)
            raise InputFailed(f"cannot open {mask(self._url)}")

    def close(self) -> None:
        front, self._front = self._front, None
        if front is not None:
            front.close()

    def cut(self) -> None:
        """Nothing more is to come; `close` follows."""
        if self._front is not None:
            self._front.cut()

    @property
    def complete(self) -> bool:
        """All tracks that there will be are known."""
        return self._front is not None and self._front.complete

    def has(self, track: Track) -> bool:
        """A track of this kind has shown itself."""
        if self._flv is not None:
            return (self._flv.audio if track is Track.AUDIO else self._flv.video) is not None
        return self._front is not None and track in self._front.sinks

    @property
    def picture_shift_ns(self) -> int | None:
        """What is to be added to the pictures' stamps, as far as the sender has told."""
        return self._front.picture_shift_ns if self._front is not None else None

    def poll(self, most: int = 200) -> list[Packet]:
        """What has come since, at most so many of each track. Raises `InputFailed` once the source has
        failed.
        """
        front = self._front
        if front is None:
            return []
        packets: list[Packet] = []
        # A copy: a track may show itself meanwhile.
        sinks = dict(front.sinks)
        for track, sink in (*front.past, *(() if front.is_even else sinks.items())):
            for _ in range(most):
                sample = sink.try_pull_sample(0)
                if sample is None:
                    break
                packets += self._read(track, sample)
        if front.is_even:
            packets += self._evenly(front, most)
        if front.refused is not None:
            raise InputFailed(front.refused, retryable=False)
        if front.led_astray is not None:
            raise InputFailed(f"{mask(self._url)}: {front.led_astray}")
        if len(packets) < most:
            self._raise_errors(front)
            if self._eos and not packets and not self.ended:
                self.ended = True
                return self._order_rest() + self._rest_of_sound()
        return packets

    def _evenly(self, front: Front, most: int) -> list[Packet]:
        """From what can be read at any speed: always the track that is behind, so that none runs away."""
        packets: list[Packet] = []
        waiting = dict(front.sinks)
        while waiting and len(packets) < most:
            track = min(waiting, key=lambda track: self._newest.get(track, -1))
            sample = waiting[track].try_pull_sample(0)
            if sample is not None:
                packets += self._read(track, sample)
            elif waiting[track].is_eos() or front.has_piled_up(track):
                del waiting[track]
            else:
                break
        return packets

    # Messages

    def _raise_errors(self, front: Front) -> None:
        for message in take_messages(front.pipeline):
            if message.type == Gst.MessageType.EOS:
                self._eos = True
            elif message.type == Gst.MessageType.LATENCY:
                front.pipeline.recalculate_latency()
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
        if track is Track.AUDIO and self._late_ns:
            pts_ns = dts_ns = pts_ns - self._lateness(sample.get_caps(), first=track not in self._newest)
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
        self._heard = packet if track is Track.AUDIO else self._heard
        if self._order is None or track is Track.AUDIO:
            return [packet]
        return [_redated(unit, dts) for dts, unit in self._order.add(pts_ns, packet)]

    def _lateness(self, caps: Any, *, first: bool) -> int:
        """The demuxer has subtracted it for Opus, but no stamp of its own is negative."""
        return self._late_ns if first or self._format(Track.AUDIO, caps).codec != "opus" else 0

    def _order_rest(self) -> list[Packet]:
        return [] if self._order is None else [_redated(unit, dts) for dts, unit in self._order.flush()]

    def _rest_of_sound(self) -> list[Packet]:
        last = self._heard
        if last is None:
            return []
        after_ns = last.pts_ns + last.duration_ns // 2
        return [
            Packet(Track.AUDIO, last.format, one.data, one.pts_ns, one.pts_ns, one.duration_ns)
            for one in self._tail
            if after_ns < one.pts_ns < last.pts_ns + 3 * last.duration_ns
        ]

    def _format(self, track: Track, caps: Any) -> Any:
        known = self._formats.get(track)
        if known is None or not (known[0] is caps or known[0].is_equal(caps)):
            known = caps, audio_format(caps) if track is Track.AUDIO else video_format(caps)
            self._formats[track] = known
        return known[1]


def _redated(packet: Packet, dts_ns: int) -> Packet:
    return Packet(
        packet.track, packet.format, packet.data, packet.pts_ns, dts_ns, packet.duration_ns, packet.key
    )
