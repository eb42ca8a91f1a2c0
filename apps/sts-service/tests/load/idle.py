"""python -m load.idle: an event loop that only sees how late it is, which is the machine's doing."""

import asyncio
import sys

import uvloop

from load.lag import Lag, answer_lines


async def run() -> None:
    lag = Lag()
    measuring = asyncio.create_task(lag.measure())
    sys.stdout.write("idle\n")
    sys.stdout.flush()
    await answer_lines(lag.taken)
    measuring.cancel()


if __name__ == "__main__":
    uvloop.run(run())
