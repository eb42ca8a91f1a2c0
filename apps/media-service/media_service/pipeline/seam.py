"""Where one worker's output ends and its successor's goes on: to the frame of sound, and on the same clock.

An encoder's first frames sound into what was before them, and its last ones into what comes after. So at a
seam both workers encode a little of the other's sound, and those frames are taken out before the muxer.

FLV's muxer counts from the first stamp that it sees. To make it go on from another's stamps, one of the
frames that are taken out lets it count from 0, and is taken out behind it.

The probes run in streaming threads, where Python is dear: each is gone once it has seen what it waits for.
"""

from typing import Any

from media_service.pipeline.gst import NONE, Gst
from media_service.timeline.units import MS_NS

TAG_HEADER, AUDIO, RAW_AAC = 11, 8, 1


class Seam:
    def __init__(self, made: Any, *, counts_from_first: bool) -> None:
        """Of a pipeline that does not play yet."""
        self._coded = made.get_by_name("coded").get_static_pad("src")
        self._muxer = made.get_by_name("mux")
        self._counts = counts_from_first
        self._first_ns: int | None = None
        self._until: int | None = None
        """The probe that ends the sound."""
        if counts_from_first:
            for pad in self._muxer.sinkpads:
                pad.add_probe(Gst.PadProbeType.BUFFER, self._see_first)

    @property
    def zero_ns(self) -> int:
        """What the output's stamps are counted from."""
        return 0 if self._first_ns is None else self._first_ns // MS_NS * MS_NS

    def begin(self, stamp_ns: int) -> None:
        """The first frame of sound to go out is the first at or after this stamp."""
        leads = self._counts

        def gate(pad: Any, info: Any) -> Any:
            nonlocal leads
            buffer = info.get_buffer()
            if buffer.pts != NONE and buffer.pts >= stamp_ns:
                return Gst.PadProbeReturn.REMOVE
            if leads:
                leads = False
                buffer.pts, buffer.dts = 0, NONE
                return Gst.PadProbeReturn.OK
            return Gst.PadProbeReturn.DROP

        if leads:
            self._muxer.get_static_pad("src").add_probe(Gst.PadProbeType.BUFFER, self._without_lead)
        self._coded.add_probe(Gst.PadProbeType.BUFFER, gate)

    def end(self, stamp_ns: int) -> None:
        """The last frame of sound to go out is the last before this stamp."""
        self.go_on()

        def gate(pad: Any, info: Any) -> Any:
            pts = info.get_buffer().pts
            late = pts != NONE and pts >= stamp_ns
            return Gst.PadProbeReturn.DROP if late else Gst.PadProbeReturn.OK

        self._until = self._coded.add_probe(Gst.PadProbeType.BUFFER, gate)

    def go_on(self) -> None:
        """It does not end after all."""
        if self._until is not None:
            self._coded.remove_probe(self._until)
            self._until = None

    def _see_first(self, pad: Any, info: Any) -> Any:
        buffer = info.get_buffer()
        stamp = buffer.dts if buffer.dts != NONE else buffer.pts
        if stamp != NONE:
            self._first_ns = stamp if self._first_ns is None else min(stamp, self._first_ns)
        return Gst.PadProbeReturn.REMOVE

    def _without_lead(self, pad: Any, info: Any) -> Any:
        """The first tag of sound behind the muxer is that of the frame that it counts from."""
        with info.get_buffer().map(Gst.MapFlags.READ) as view:
            head = bytes(view.data[: TAG_HEADER + 2])
        is_sound = len(head) > TAG_HEADER + 1 and head[0] == AUDIO and head[TAG_HEADER + 1] == RAW_AAC
        if not is_sound:
            return Gst.PadProbeReturn.OK
        # Dropped and done: the probe goes by hand, for one value cannot say both.
        pad.remove_probe(info.id)
        return Gst.PadProbeReturn.DROP
