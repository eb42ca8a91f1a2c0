"""A server with three engine processes: one idle, one hanging in native code, one stopped.

    python -m engine_processes.parent JOURNAL [uvloop]

Prints their process ids, and at SIGTERM or SIGINT closes what can be closed.
"""

import asyncio
import os
import signal
import sys

import numpy as np
from sts_service.engines import EngineSettings
from sts_service.engines.host import start
from sts_service.testing.fakes import transcriber
from sts_service.testing.script import Script, Step


async def run(journal: str) -> None:
    asked_to_end = asyncio.Event()
    for signum in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(signum, asked_to_end.set)
    scripts = (
        Script(journal=journal),
        Script(steps=(Step(does="hang_native"),)),
        Script(),
    )
    hosts = [await start(transcriber(script), EngineSettings(), ready_timeout_s=30) for script in scripts]
    call = asyncio.create_task(hosts[1].engine.transcribe(np.zeros(10, np.float32), "en", ""))
    await asyncio.sleep(0.1)
    pids = [host.pid for host in hosts if host.pid]
    os.kill(pids[2], signal.SIGSTOP)
    sys.stdout.write(" ".join(map(str, pids)) + "\n")
    sys.stdout.flush()
    await asked_to_end.wait()
    await asyncio.gather(*(host.close() for host in hosts))
    await asyncio.gather(call, return_exceptions=True)


if __name__ == "__main__":
    if sys.argv[2:] == ["uvloop"]:
        import uvloop

        uvloop.run(run(sys.argv[1]))
    else:
        asyncio.run(run(sys.argv[1]))
