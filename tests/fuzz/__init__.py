"""Hostile input: whatever bytes come in, a room answers in order or refuses in its own words.

`targets` has a module for each border that foreign bytes cross; `corpus` what is played against them in every
run of the tests, crashers that were once found among it; `python -m fuzz` (`make fuzz`) looks for new ones.
"""
