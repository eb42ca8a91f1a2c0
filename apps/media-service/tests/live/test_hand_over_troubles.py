"""A hand-over into which something comes: a death, a freeze, a lost service, too much to do."""

import asyncio
import os
import signal
import sys
from hashlib import sha256
from pathlib import Path

import numpy as np
import pytest
from faults.heard import compare, source_sound
from media_service.testmedia.copied import compare as compare_copies

from live.change import Act, Change, Feed, Stage, changed
from live.measure import assert_copied, assert_in_sync, shifts
from live.worker import WorkerProcess

pytestmark = pytest.mark.slow

MOST_S = 60.0
BURNER = "import hashlib\nwhile True: hashlib.sha256(bytes(1 << 22)).digest()"
PROMISED = "the predecessor leaves in"


async def _under_load(stage: Stage, second: WorkerProcess) -> None:
    """Programs that want all there is of the processors, until the change is over."""
    burners = [await asyncio.create_subprocess_exec(sys.executable, "-c", BURNER) for _ in range(2)]
    try:
        await stage.first.exit_code(MOST_S)
    finally:
        for one in burners:
            one.kill()
            await one.wait()


async def _killed(stage: Stage, second: WorkerProcess) -> None:
    """The first one dies when it has promised to leave."""
    await second.wait_for(lambda: PROMISED in second.output(), MOST_S, "the promise")
    os.kill(stage.first.pid, signal.SIGKILL)


async def _frozen(stage: Stage, second: WorkerProcess) -> None:
    """The first one stands still with its connections open; whoever looks after it kills it in a while."""
    os.kill(stage.first.pid, signal.SIGSTOP)
    await second.wait_for(lambda: "without its word" in second.output(), MOST_S, "the decision")
    await asyncio.sleep(2)
    os.kill(stage.first.pid, signal.SIGKILL)


async def _without_service(stage: Stage, second: WorkerProcess) -> None:
    await asyncio.to_thread(stage.echo.kill)


async def _two_successors(stage: Stage, second: WorkerProcess) -> None:
    """A third one dies when it was promised the output, and the first one goes on for the second."""
    third = stage.successor("third")
    async with third:
        await third.wait_for(
            lambda: PROMISED in third.output() or PROMISED in second.output(), MOST_S, "a promise"
        )


def _run(tmp_path: Path, act: Act, duration_s: float = 22.0) -> Change:
    return asyncio.run(changed(tmp_path, act=act, duration_s=duration_s))


def test_a_camera_s_stream_goes_over_in_sync(tmp_path: Path) -> None:
    change = asyncio.run(changed(tmp_path, duration_s=40.0, feed=Feed.rtsp))
    assert_copied(change.recording, change.source, least=350)
    found = shifts(change.recording, change.source)
    # What it is later than the file is its container's; that it stays so is ours.
    assert max(found.values) - min(found.values) < 5, found
    assert change.codes == {"first": 0, "second": 0}


def test_copied_sound_goes_over_packet_by_packet(tmp_path: Path) -> None:
    change = asyncio.run(changed(tmp_path, dubs=False))
    assert_copied(change.recording, change.source, least=550)
    packets = [
        [sha256(packet.data).digest() for packet in media.of("audio")]
        for media in (change.source, change.recording)
    ]
    copied = compare_copies(*packets)
    assert copied.matched > 800
    assert (copied.lost, copied.doubled, copied.reordered) == ([], [], 0)


def _originals(change: Change) -> int:
    """Blocks of sound in which the original was heard, before the source's end."""
    sound = change.recording.sound
    assert sound is not None
    heard = compare(sound, source_sound(change.source.path))
    return int(np.sum(heard.signs[heard.at_ns < heard.at_ns[-1] - 2_500_000_000] > 0))


def test_under_load_no_picture_is_lost(tmp_path: Path) -> None:
    change = _run(tmp_path, _under_load)
    assert_copied(change.recording, change.source, least=550)
    assert_in_sync(shifts(change.recording, change.source), least=18, worst_ms=5.0, median_ms=2.0)
    assert change.codes == {"first": 0, "second": 0}


def test_without_the_speech_service_it_goes_over_all_the_same(tmp_path: Path) -> None:
    change = _run(tmp_path, _without_service, duration_s=34.0)
    assert_copied(change.recording, change.source, least=900)
    assert change.codes == {"first": 0, "second": 0}


def test_of_two_successors_one_takes_the_output_and_no_picture_is_lost(tmp_path: Path) -> None:
    """Without a speech service, at which the later of two successors would end the earlier."""
    change = asyncio.run(changed(tmp_path, act=_two_successors, duration_s=30.0, dubs=False))
    assert_copied(change.recording, change.source, least=800)
    assert change.codes == {"first": 0, "second": 0}


@pytest.mark.parametrize("act", [_killed, _frozen], ids=["killed", "frozen"])
def test_where_the_first_one_fails_the_second_one_goes_on_by_itself(tmp_path: Path, act: Act) -> None:
    change = _run(tmp_path, act, duration_s=30.0)
    assert change.codes["second"] == 0
    assert "without its word" in change.second.output()
    # A hole is what the failure costs; what comes after it is dubbed, in sync, and no picture comes twice.
    assert_in_sync(shifts(change.recording, change.source), least=10, unpaired=2)
    assert _originals(change) <= 3
