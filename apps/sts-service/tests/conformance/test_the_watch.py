"""The watch, watched: a test that sees something forbidden fails, whatever it asserts."""

import asyncio
import os
import re
import sys
from pathlib import Path

TESTS = Path(__file__).parents[1]

CASES = {
    "all_is_well": ("", None),
    "unknown_event": ('client.receive("stream:gossip", ({},))', "not an event of the protocol"),
    "missing_field": (
        'client.receive("fragment:ack", ({"status": "queued"},))',
        "'fragment_id' is a required",
    ),
    "two_payloads": ('client.receive("backpressure", ({}, {}))', "2 arguments"),
    "wrong_flag": (
        'client.receive("error", ({"error_id": str(uuid.uuid4()), "code": "QUEUE_FULL", "message": "full", '
        '"severity": "warning", "retryable": False},))',
        "QUEUE_FULL says retryable False",
    ),
    "wrong_severity": (
        'client.receive("error", ({"error_id": str(uuid.uuid4()), "code": "QUEUE_FULL", "message": "full", '
        '"severity": "fatal", "retryable": True},))',
        "QUEUE_FULL says severity 'fatal'",
    ),
    "result_of_nothing": (
        'client.receive("fragment:processed", ({"fragment_id": "f", "stream_id": "s", "sequence_number": 0, '
        '"status": "failed", "processing_time_ms": 1, "error": {"code": "TIMEOUT", "message": "m", '
        '"retryable": True}},))',
        "not acknowledged",
    ),
    "after_closed": (
        'client.receive("stream:closed", ({"reason": "idle", "message": "m"},)); '
        'client.receive("stream:closed", ({"reason": "idle", "message": "m"},))',
        "after stream:closed",
    ),
    "leaked_task": (
        "asyncio.get_running_loop().leaked = asyncio.create_task(asyncio.sleep(60))",
        "tasks were leaked",
    ),
    "failed_task": (
        "asyncio.create_task(fail()); await asyncio.sleep(0)",
        "exceptions reached the event loop",
    ),
    "failed_callback": (
        "asyncio.get_running_loop().call_soon(int, 'x')",
        "exceptions reached the event loop",
    ),
    "logged_error": ("logging.getLogger('sts_service.server').error('oh')", "errors were logged"),
}

HEAD = """
import asyncio, logging, uuid
from wire.watch import _tasks_and_exceptions, every_payload_is_valid, nothing_is_left_behind
from wire.inbox import Inbox

async def fail():
    raise RuntimeError("nobody asks")
"""


async def test_the_watch_catches_everything_it_is_there_for(tmp_path: Path) -> None:
    tests = [
        f"async def test_{name}():\n    client = Inbox()\n    {body or 'pass'}\n"
        for name, (body, _) in CASES.items()
    ]
    (tmp_path / "test_watched.py").write_text("\n\n".join([HEAD, *tests]), "utf-8")
    (tmp_path / "pytest.ini").write_text("[pytest]\nasyncio_mode = auto\n", "utf-8")
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        *("-m", "pytest", "-p", "no:cacheprovider", "-rA", "--tb=short", str(tmp_path)),
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": os.pathsep.join([str(TESTS), *sys.path])},
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    async with asyncio.timeout(120):
        output = (await process.communicate())[0].decode()
    errors = dict(re.findall(r"^ERROR \S+::test_(\w+) - (.*)$", output, re.MULTILINE))
    passed = set(re.findall(r"^PASSED \S+::test_(\w+)", output, re.MULTILINE))
    assert passed == set(CASES), output
    assert set(errors) == set(CASES) - {"all_is_well"}, output
    for name, (_, words) in CASES.items():
        assert words is None or words in output, name
