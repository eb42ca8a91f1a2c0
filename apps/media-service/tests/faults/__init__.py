"""Whole workers whose speech service fails them in every way it can: what is then heard, shown and counted.

`crowd` runs many of them side by side on one published source; `heard` tells dub from original in what was
recorded: the services give back the source's sound with its sign changed.
"""
