"""The process around a session; in one of its own, because GStreamer comes with it."""

import subprocess
import sys

PROGRAM = """
import asyncio, sys, threading, time
from media_service.config.settings import WorkerSettings
from media_service.errors import InputFailed
from media_service.worker import process

class Session:
    def __init__(self, *wired, **named):
        pass

    async def run(self):
        before = threading.active_count()
        await asyncio.gather(*(asyncio.to_thread(time.sleep, 0.02) for _ in range(30)))
        print(before, threading.active_count())
        raise InputFailed("no such stream")

process.Session = Session
wanted = {"stream_id": "news", "input_url": "a.ts", "output_url": "b.ts", "sts_mode": "passthrough"}
sys.exit(process.run_worker(WorkerSettings(**wanted), "1"))
"""


def test_a_stream_begins_no_threads_later_and_the_code_is_its_error_s() -> None:
    done = subprocess.run([sys.executable, "-c", PROGRAM], capture_output=True, text=True, timeout=60)
    before, after = done.stdout.split()
    assert before == after, done.stderr
    assert done.returncode == 10, done.stderr
    assert "no such stream" in done.stderr
