"""The stream's coded sound: packets become samples on the lane's 48 kHz, dubs become samples again.

With `fragment_audio`, which has what fragments are made of, the only room that imports `av` (FFmpeg). In come
bytes and nanoseconds, out go arrays of samples; every call blocks, none takes longer than its sound.
"""
