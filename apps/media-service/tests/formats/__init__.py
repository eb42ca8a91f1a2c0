"""The worker over files of every kind, as fast as it goes: what is carried, what is refused, what is garbage.

`runs` is one run of the real process to its end, `cases` says what is played. Every test looks at its own
run, and those of the matrix go on side by side.
"""
