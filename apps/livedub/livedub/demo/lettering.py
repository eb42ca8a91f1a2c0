"""Words as picture: how much of each point is covered by a letter."""

import subprocess
import tempfile
import textwrap
from functools import lru_cache
from pathlib import Path

import numpy as np
import numpy.typing as npt
from media_service.testmedia import strip

from livedub.demo.programs import EVEN, PLAIN, font, found

Mask = npt.NDArray[np.uint8]
"""(height, width): 0 nothing, 255 all of it"""

DRAWING_S = 30.0
_EVEN_WIDTH = 1233 / 2048
"""Of a letter of the even typeface, as a share of its size; in whole points, for its letters are hinted."""


def lettering(text: str, width: int, height: int, *, size: int, face: str = PLAIN) -> Mask:
    """In the middle of the height, from the left. Raises `Missing`."""
    with tempfile.TemporaryDirectory(prefix="livedub-") as folder:
        # By file, so that no sign of the text means something to the filter.
        words = Path(folder, "words.txt")
        words.write_text(text)
        drawn = (
            f"drawtext=fontfile={font(face)}:textfile={words}:expansion=none:fontcolor=white:fontsize={size}"
            f":line_spacing={size // 3}:x=0:y=(h-text_h)/2"
        )
        source = f"color=black:size={width}x{height},format=gray,{drawn}"
        quietly = ("-hide_banner", "-loglevel", "error", "-nostdin")
        raw = ("-frames:v", "1", "-f", "rawvideo", "-pix_fmt", "gray", "pipe:1")
        command = [found("ffmpeg"), *quietly, "-f", "lavfi", "-i", source, *raw]
        done = subprocess.run(command, check=True, timeout=DRAWING_S, capture_output=True)
    drawn_as = np.frombuffer(done.stdout, np.uint8).reshape(height, width).astype(np.int32)
    # The filter's black and white are those of television.
    return np.clip((drawn_as - strip.BLACK) * 255 // (strip.WHITE - strip.BLACK), 0, 255).astype(np.uint8)


def wrapped(text: str, columns: int) -> str:
    return "\n".join(textwrap.wrap(text, columns))


@lru_cache(maxsize=4)
def signs(size: int) -> dict[str, Mask]:
    """The signs of a clock, all as wide and as high."""
    known = "0123456789:."
    side = round(size * _EVEN_WIDTH)
    row = lettering(known, side * len(known), size * 5 // 4, size=size, face=EVEN)
    return {sign: row[:, side * at : side * (at + 1)] for at, sign in enumerate(known)}


def clock_face(text: str, size: int) -> Mask:
    """Of signs that are drawn already: a clock changes with every frame."""
    return np.concatenate([signs(size)[sign] for sign in text], axis=1)
