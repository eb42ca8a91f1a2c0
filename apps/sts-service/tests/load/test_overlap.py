"""While one fragment is spoken, the next is translated and the one after it transcribed."""

from typing import Any

import pytest
from sts_service.testing.script import Script

from load.program import program
from load.service import SAID, Plan, to_json
from load.workers import every, sounds


def paced(scale: float) -> Plan:
    """Stage times 1 s, 0.3 s and 1 s, scaled."""

    def steady(seconds: float, **more: Any) -> Script:
        return Script(takes_s=(seconds * scale, seconds * scale), **more)

    return Plan(asr=steady(1.0), translation=steady(0.3, says=SAID), tts=steady(1.0))


async def test_the_stages_of_successive_fragments_overlap() -> None:
    scale = 0.2
    async with program("load.service", to_json(paced(scale))) as service:
        pieces = sounds(1.0, 12, 1)
        alone_s = min([await every(service.first_line, pieces[n : n + 1], 0) for n in range(2)])
        together_s = await every(service.first_line, pieces[2:], 1.0 * scale)
    # One after the other they would take ten times what one takes alone.
    assert alone_s >= 2.3 * scale
    assert together_s < 10 * alone_s * 13 / 23


@pytest.mark.slow
async def test_ten_fragments_at_full_length_finish_in_under_thirteen_seconds(load_report: list[str]) -> None:
    async with program("load.service", to_json(paced(1.0))) as service:
        await every(service.first_line, sounds(6.0, 1, 1), 0)
        took_s = await every(service.first_line, sounds(6.0, 10, 2), 1.0)
    load_report.append(f"ten fragments through stages of 1, 0.3 and 1 s: {took_s:.2f} s")
    assert took_s < 13
