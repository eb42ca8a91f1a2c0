"""A worker's output goes over to another worker of the same stream, its successor, at a keyframe of both.

`choice`, `promise` and `claim` decide (pure, the clock is passed in), `slices` tells that two keyframes are
the same picture, `offer` is what the two say to each other, `line` is the successor's way of saying it.
"""
