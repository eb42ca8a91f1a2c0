"""What can befall a system from outside, each with its end."""

import asyncio
import resource
import signal
import time
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import TYPE_CHECKING

from orchestrator_process.process import until

from drill.proxy import NONE, Fault
from drill.scenario import Act, Trouble, nothing

if TYPE_CHECKING:
    from drill.stand import Place, Stand, Who

ROLLOUT_S = 90.0
ACCEPTED_S = 1.0
"""What was on its way to the disk may still get there."""


class NotFelt(Exception):
    """The fault was there, and nobody met it: then nothing is shown by it."""


UNLIMITED = (resource.RLIM_INFINITY, resource.RLIM_INFINITY)


def link(place: "Place", fault: Fault = NONE, *, cut: bool = False, cut_after: bool = False) -> Trouble:
    """Between two programs; `cut`: the connections that are there are reset first, or at the end."""

    async def begin(stand: "Stand") -> None:
        await stand.links[place].behave(fault)
        if cut:
            stand.links[place].cut()

    async def heal(stand: "Stand") -> None:
        await stand.links[place].behave(NONE)
        if cut_after:
            stand.links[place].cut()

    return Trouble(begin, heal)


def stopped(who: "Who") -> Trouble:
    """STOP, and CONT."""
    return Trouble(_signal(who, signal.SIGSTOP), _signal(who, signal.SIGCONT))


def killed(who: "Who", number: signal.Signals = signal.SIGKILL) -> Trouble:
    """And started again."""

    async def end(stand: "Stand") -> None:
        program = stand.program(who)
        await asyncio.to_thread(program.kill if number == signal.SIGKILL else program.stop)

    async def start(stand: "Stand") -> None:
        if who == "orchestrator":
            await stand.dubber.orchestrator.start()
            return
        await asyncio.to_thread(stand.program(who).start)
        if who == "output server":
            # What listened to it has gone with it.
            await stand.record()

    return Trouble(end, start)


def signalled(number: signal.Signals) -> Trouble:
    """The worker, once; whoever keeps it heals it."""
    return Trouble(_signal("worker", number))


def limited(who: "Who", what: int, most: Callable[[int], int], *, for_good: bool = False) -> Trouble:
    """A resource of a process: `most` takes its id. `for_good`: that process will not see the end of it."""

    async def begin(stand: "Stand") -> None:
        pid = stand.dubber.pid if who == "worker" else stand.program(who).pid
        resource.prlimit(pid, what, (most(pid), resource.RLIM_INFINITY))

    async def heal(stand: "Stand") -> None:
        pid = stand.dubber.pid if who == "worker" else stand.program(who).pid
        resource.prlimit(pid, what, UNLIMITED)

    return Trouble(begin, nothing if for_good else heal)


def disk_full(who: "Who", met: Act) -> Trouble:
    """Nothing that it writes gets to the disk. `met`, at the end, raises `NotFelt` where that was not met."""
    full = limited(who, resource.RLIMIT_FSIZE, lambda pid: 0)

    async def heal(stand: "Stand") -> None:
        await met(stand)
        await full.heal(stand)

    return Trouble(full.begin, heal)


def nothing_written(files: Iterable[Path], for_s: float) -> None:
    """Raises `NotFelt` where one of them has grown since. Those that are empty do not count."""
    found = [file.stat() for file in files]
    ages_s = [time.time() - one.st_mtime for one in found if one.st_size]
    if not ages_s or min(ages_s) < for_s - ACCEPTED_S:
        raise NotFelt("something could be written although the disk was full")


def mode(wanted: str, then: str) -> Trouble:
    """The operator's switch, there and back."""

    async def begin(stand: "Stand") -> None:
        await stand.dubber.set_mode(wanted)

    async def heal(stand: "Stand") -> None:
        await stand.dubber.set_mode(then)

    return Trouble(begin, heal)


def rolled_out() -> Trouble:
    """Every worker is replaced by a new one, on air; it is over when that is."""

    async def begin(stand: "Stand") -> None:
        ask = stand.dubber.orchestrator.ask
        status, told = await ask("POST", "/v1/rollout")
        if status != 202:
            raise NotFelt(f"no rollout: {status} {told}")

        async def is_over() -> bool:
            told.update((await ask("GET", "/v1/rollout"))[1])
            return not told["running"]

        await until(is_over, ROLLOUT_S, "end of the rollout")
        kept = [one["reason"] for one in told["streams"] if one["outcome"] != "handed_over"]
        if kept or not told["streams"]:
            raise NotFelt(f"no worker was replaced: {', '.join(kept)}")

    return Trouble(begin)


def both(*troubles: Trouble) -> Trouble:
    """At once; healed in the same order."""

    async def begin(stand: "Stand") -> None:
        for trouble in troubles:
            await trouble.begin(stand)

    async def heal(stand: "Stand") -> None:
        for trouble in troubles:
            await trouble.heal(stand)

    return Trouble(begin, heal)


def _signal(who: "Who", number: signal.Signals) -> Act:
    async def send(stand: "Stand") -> None:
        stand.signal(who, number)

    return send
