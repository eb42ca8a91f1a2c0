"""Words at the edges of fragments, with the real recogniser: a reading of two minutes cut every six seconds.

All sixty offsets take half an hour of computing, so six are the rule. `LIVEDUB_EDGE_OFFSETS_MS` names
others, with commas between them, or `all`.
"""

import asyncio
import os

import pytest
from sts_service.asr.pocketsphinx import SPEC
from sts_service.engines import EngineSettings, NotHere

from dubbing.reading import errors, fixed_cuts, heard, reading

OFFSETS_MS = os.environ.get("LIVEDUB_EDGE_OFFSETS_MS", "0,1100,2200,3300,4400,5500")


def offsets_ms() -> list[int]:
    return list(range(0, 6000, 100)) if OFFSETS_MS == "all" else [int(each) for each in OFFSETS_MS.split(",")]


@pytest.mark.slow
@pytest.mark.timeout(5400)
def test_a_reading_loses_no_word_and_says_none_twice_wherever_it_is_cut() -> None:
    """Beyond what the engine gets wrong by itself, where the same reading is cut in its pauses."""
    try:
        SPEC.check(EngineSettings())
    except NotHere as reason:
        pytest.skip(str(reason))
    said = reading()
    assert said.length_s > 120
    ways = [[0.0, *said.pauses_s, said.length_s + 1.0]]
    ways += [fixed_cuts(said.length_s, each / 1000) for each in offsets_ms()]
    alone, *cut = (errors(said.text, each) for each in asyncio.run(heard(said, ways)))
    lines = [f"cut in its pauses: {alone}"]
    lines += [f"cut every 6 s from {ms} ms on: {each}" for ms, each in zip(offsets_ms(), cut, strict=True)]
    mean = sum(each.rate for each in cut) / len(cut)
    lines.append(f"mean of the fixed cuts: {100 * mean:.1f} %")
    print("\nword error rates of the reading\n" + "\n".join(lines))  # noqa: T201 - shown by `pytest -s`
    # There are twenty cuts in it, most of them within a word or close to one.
    for each in cut:
        assert each.lost <= alone.lost + 4, lines
        assert each.added <= alone.added + 6, lines
        assert each.doubled <= alone.doubled + 1, lines
    assert mean <= alone.rate + 0.03, lines
