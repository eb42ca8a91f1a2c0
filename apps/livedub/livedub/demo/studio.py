"""python -m livedub.demo.studio URL: the programme, made and sent live until told to stop.

A process of its own, so that nobody else's work disturbs its pace. Time stamps begin at 0 and run on; they
know nothing of the script's beginning again.
"""

import signal
import sys
import time
from collections.abc import Callable, Iterator
from fractions import Fraction
from types import FrameType
from typing import Any

import av
import numpy as np

from livedub.demo.picture import FPS, HEIGHT, WIDTH, Painter
from livedub.demo.reader import Maker, Reader
from livedub.demo.script import SENTENCES
from livedub.demo.voice import RATE_HZ, bed
from livedub.errors import OK, Failed

VIDEO_BIT_RATE, AUDIO_BIT_RATE = 900_000, 160_000
KEYFRAME_EVERY = 2 * FPS
AUDIO_FRAME = 1024
EXIT_LOST = 20
TIMEOUT_S = 5.0


class Encoder:
    """Frames and sound in, packets out, each in the order of its own kind."""

    def __init__(self, container: Any) -> None:
        self._video: Any = container.add_stream("libx264", rate=FPS)
        self._video.width, self._video.height, self._video.pix_fmt = WIDTH, HEIGHT, "yuv420p"
        self._video.codec_context.time_base = Fraction(1, FPS)
        self._video.codec_context.bit_rate = VIDEO_BIT_RATE
        # No B-frames, no look-ahead, no slices: a frame in is a frame out, and any receiver can play it.
        kbps = VIDEO_BIT_RATE // 1000
        rules = f"keyint={KEYFRAME_EVERY}:min-keyint={KEYFRAME_EVERY}:scenecut=0:bframes=0:sliced-threads=0"
        rules += f":threads=1:rc-lookahead=0:sync-lookahead=0:vbv-maxrate={2 * kbps}:vbv-bufsize={2 * kbps}"
        self._video.options = {"preset": "superfast", "tune": "zerolatency", "x264-params": rules}
        self._audio: Any = container.add_stream("aac", rate=RATE_HZ)
        self._audio.layout = "stereo"
        self._audio.bit_rate = AUDIO_BIT_RATE
        self._audio.format = "fltp"
        container.start_encoding()

    def picture(self, number: int, planes: Any) -> Iterator[Any]:
        frame = av.VideoFrame.from_ndarray(planes, format="yuv420p")
        frame.pts, frame.time_base = number, Fraction(1, FPS)
        yield from self._video.encode(frame)

    def sound(self, start: int, samples: Any) -> Iterator[Any]:
        planar = np.ascontiguousarray(samples.T)
        frame = av.AudioFrame.from_ndarray(planar, format="fltp", layout="stereo")
        frame.sample_rate, frame.pts, frame.time_base = RATE_HZ, start, Fraction(1, RATE_HZ)
        yield from self._audio.encode(frame)


def send(
    container: Any, reader: Reader, goes_on: Callable[[], bool], sleep: Callable[[float], None] = time.sleep
) -> None:
    """At the pace of the clock, until `goes_on` is False. Raises `av.FFmpegError` when the server is lost."""
    encoder, painter = Encoder(container), Painter()
    begun_s, begun_unix_s = time.monotonic(), time.time()
    number = heard = 0
    while goes_on():
        at_s = number / FPS
        sleep(max(0.0, begun_s + at_s - time.monotonic()))
        while heard <= at_s * RATE_HZ:
            for packet in encoder.sound(heard, reader.read(AUDIO_FRAME)):
                container.mux(packet)
            heard += AUDIO_FRAME
        planes = painter.frame(number, at_s, begun_unix_s + at_s, reader.words())
        for packet in encoder.picture(number, planes):
            container.mux(packet)
        number += 1


def main(url: str) -> int:
    stopped = False

    def stop(name: int, frame: FrameType | None) -> None:
        nonlocal stopped
        stopped = True

    for name in (signal.SIGTERM, signal.SIGINT):
        signal.signal(name, stop)
    options = {"flvflags": "no_duration_filesize", "flush_packets": "1"}
    try:
        with Maker(SENTENCES) as maker:
            reader = Reader(maker.take, bed())
            with av.open(url, "w", format="flv", options=options, timeout=TIMEOUT_S) as container:
                sys.stdout.write("on air\n")
                sys.stdout.flush()
                send(container, reader, lambda: not stopped)
    except Failed as failed:
        sys.stderr.write(f"{failed}\n")
        return failed.exit_code
    except av.FFmpegError as error:
        if not stopped:
            sys.stderr.write(f"the media server is lost: {error.strerror}\n")
            return EXIT_LOST
    return OK


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
