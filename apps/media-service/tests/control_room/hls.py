"""Previews as a worker would write them: a live window, moved by the clock, of one film made beforehand."""

import subprocess
import time
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

SEGMENT_S = 2
FILM_S = 90
KEPT_S = 40.0
HERTZ = {"input": 440, "output": 880}
"""The tone that tells the two apart."""


def film(folder: Path) -> None:
    """A clock on a test picture, in segments; once, with both sounds."""
    sounds = [part for hz in HERTZ.values() for part in ("-f", "lavfi", "-i", f"sine={hz}:r=48000")]
    for number, side in enumerate(HERTZ, start=1):
        (folder / side).mkdir(parents=True)
        subprocess.run(
            [
                *("ffmpeg", "-nostdin", "-loglevel", "error"),
                *("-f", "lavfi", "-i", "testsrc2=size=160x90:rate=10"),
                *sounds,
                *("-map", "0:v", "-map", f"{number}:a", "-t", str(FILM_S)),
                *(
                    "-c:v",
                    "libx264",
                    "-preset",
                    "ultrafast",
                    "-g",
                    "20",
                    "-tune",
                    "zerolatency",
                    "-pix_fmt",
                    "yuv420p",
                ),
                *("-c:a", "aac", "-ac", "2", "-f", "segment", "-segment_time", str(SEGMENT_S)),
                str(folder / side / "%d.ts"),
            ],
            check=True,
            timeout=60,
        )


@dataclass(frozen=True)
class Window:
    """Of a stream that began at `began_s` of Unix time."""

    began_s: float
    delay_s: float
    """the output is so much later"""

    def playlist(self, side: str, now_s: float | None = None) -> str | None:
        later_s = self.delay_s if side == "output" else 0.0
        passed_s = (time.time() if now_s is None else now_s) - self.began_s - later_s
        end = min(int(passed_s / SEGMENT_S), FILM_S // SEGMENT_S)
        if end < 1:
            return None
        first = max(0, end - int((self.delay_s + KEPT_S) / SEGMENT_S))
        lines = ["#EXTM3U", "#EXT-X-VERSION:3", f"#EXT-X-TARGETDURATION:{SEGMENT_S}"]
        lines.append(f"#EXT-X-MEDIA-SEQUENCE:{first}")
        for number in range(first, end):
            at = datetime.fromtimestamp(self.began_s + number * SEGMENT_S, UTC)
            lines.append(f"#EXT-X-PROGRAM-DATE-TIME:{at.isoformat(timespec='milliseconds')}")
            lines += [f"#EXTINF:{SEGMENT_S:.3f},", f"{number}.ts"]
        return "\n".join([*lines, ""])
