"""The sound of fragments: AAC in MP4 to samples and back, exact to the sample, and from rate to rate.

In come bytes and arrays of samples, out go the other; every call blocks. `format`, `errors` and `mp4_bounds`
do without `av` (FFmpeg) and numpy, so that naming a codec costs nothing. It imports no other room; both
services may import it.
"""
