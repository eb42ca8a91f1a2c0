"""Coded sound: packets become samples on the lane's 48 kHz, slots become M4A, dubs become samples again.

The only room that imports `av` (FFmpeg); `format` and `errors` do without, so that naming a codec costs
nothing. In come bytes and nanoseconds, out go arrays of samples; every call blocks, none takes longer than
its sound.
"""
