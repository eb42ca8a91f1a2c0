"""Where one slot ends and the next begins, and the files that record them.

The cutters are pure: units of sound go in as lane samples, cuts come out, and the slots of an epoch tile it.
Voice activity and the files do work of their own; the worker calls `VoiceActivity` from a thread,
`SegmentFiles` has one.
"""
