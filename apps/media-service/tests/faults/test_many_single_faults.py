"""Single faults between dubs, many of them: no seam between dub and original adds a click.

The dub is the original with its sign changed, so each of these seams is the hardest that there is. What the
encoders make of the programme's own beeps is heard without any fault as well, and is no fault's doing.
"""

import asyncio
from pathlib import Path

import pytest
from live.echo import EchoProcess
from live.worker import WorkerProcess
from media_service.testmedia.generate import generate
from media_service.testmedia.media import SoundSeen, read
from media_service.testmedia.programme import Programme
from media_service.testmedia.sound_faults import breaks, clicks, silences

pytestmark = [pytest.mark.slow, pytest.mark.timeout(400)]

LENGTH_S = 90
CLICK_DBFS = -60
SAME_MS = 50
TROUBLES = ({"error_code": "SYNTHESIS_FAILED"}, {"kind": "corrupt_audio"})


async def dubbed(folder: Path, source: Path, faulty: range) -> tuple[SoundSeen, list[str]]:
    """What came out of a run that no clock hurries, and why slots fell back."""
    output = folder / "out.mp4"
    async with EchoProcess(folder, voice="inverted") as echo:
        echo.simulate(
            *({"trigger": "sequence_number", "value": one, **TROUBLES[one % 2]} for one in faulty),
        )
        worker = WorkerProcess(
            folder,
            input_url=source,
            output_url=output,
            sts_service_url=echo.url,
            realtime=False,
            segment_duration=1.0,
        )
        await worker.start(wait=False)
        try:
            assert await worker.exit_code(300) == 0
        finally:
            await worker.stop()
    fallen = [str(line["reason"]) for line in worker.log_lines(message="slot fallback")]
    sound = read(output).sound
    assert sound is not None
    return sound, fallen


def test_no_single_fault_among_many_is_heard_as_a_click(tmp_path: Path) -> None:
    programme = Programme(duration_s=LENGTH_S, width=160, height=90, video_bit_rate=100_000)
    source = generate(tmp_path / "programme.mp4", programme)
    whole, _ = asyncio.run(dubbed(tmp_path / "whole", source, range(0)))
    faulty, fallen = asyncio.run(dubbed(tmp_path / "faulty", source, range(2, LENGTH_S, 3)))
    assert fallen.count("failed") + fallen.count("unreadable") > LENGTH_S // 4
    assert breaks(faulty) == []
    assert silences(faulty) == []
    without = [click.at_ns for click in clicks(whole)]
    added = [
        click
        for click in clicks(faulty)
        if click.level_dbfs > CLICK_DBFS
        and all(abs(click.at_ns - other) > SAME_MS * 1_000_000 for other in without)
    ]
    assert added == []
