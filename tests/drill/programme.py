"""What is on air in every scenario."""

from fractions import Fraction

from media_service.testmedia.programme import Programme

LENGTH_S = 110.0
PROGRAMME = Programme(
    duration_s=LENGTH_S, width=320, height=180, fps=Fraction(25), gop_s=1.0, video_bit_rate=250_000
)
"""Longer than any scenario; small, so that several fit beside each other."""
