"""Every command and every piece of Python that the READMEs show is run."""

import asyncio
import inspect
import os
import shlex
import shutil
import signal
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest
from wire.service import running

from docs.page import LIBRARY_README, SERVICE_README, TREE, sections

ADDRESS = "http://127.0.0.1:8000"


@dataclass(frozen=True, slots=True)
class Command:
    environment: dict[str, str]
    words: list[str]

    @property
    def is_service(self) -> bool:
        return self.words[1:2] == ["-m"] and {"--help", "--list-engines"}.isdisjoint(self.words)


def commands(page: Path) -> list[Command]:
    lines = [line for block in sections(page)[0].blocks("sh") for line in block.lines]
    return [_command(shlex.split(line)) for line in lines]


def _command(words: list[str]) -> Command:
    environment = {}
    while "=" in words[0]:
        name, _, environment[name] = words.pop(0).partition("=")
    return Command(environment, [sys.executable if word == ".venv/bin/python" else word for word in words])


SERVICES = [command for command in commands(SERVICE_README) if command.is_service]
TOOLS = [command for command in commands(SERVICE_README) if not command.is_service]


def test_commands_of_both_sorts_are_shown() -> None:
    assert len(SERVICES) == 3
    assert {Path(command.words[0]).name for command in TOOLS} == {"curl", "node", Path(sys.executable).name}


@pytest.mark.parametrize("command", SERVICES, ids=lambda command: " ".join(command.words[1:]))
async def test_a_service_starts_as_shown_and_leaves_on_sigterm(command: Command) -> None:
    assert command.words[2] in ("sts_service.echo", "sts_service.full")
    free = ["0" if word == "8000" else word for word in command.words]
    process = await asyncio.create_subprocess_exec(
        *free,
        cwd=TREE,
        env={**os.environ, **command.environment},
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.DEVNULL,
    )
    try:
        assert process.stdout is not None
        async with asyncio.timeout(20):
            first = (await process.stdout.readline()).decode()
            process.send_signal(signal.SIGTERM)
            status = await process.wait()
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
    assert first.startswith(f"python -m {command.words[2]}: listening on http://127.0.0.1:")
    assert first.rsplit(":", 1)[0].replace(".full:", ".echo:") in SERVICE_README.read_text("utf-8")
    assert status == 0


async def test_every_other_command_works_beside_a_running_service() -> None:
    async with running(AUTO_DISCONNECT_DELAY_S="0.1") as service:
        for command in TOOLS:
            words = [word.replace(ADDRESS, service.url) for word in command.words]
            output = await asyncio.to_thread(_run, words, command.environment)
            assert output, command
        service.process.terminate()
        assert await service.exit_status() == 0


def test_the_commands_of_the_library_work() -> None:
    shown = commands(LIBRARY_README)
    assert shown
    for command in shown:
        _run(command.words, command.environment)


def _run(words: list[str], environment: dict[str, str]) -> str:
    if words[0] == "curl" and shutil.which("curl") is None:
        fetch = "import sys, urllib.request as web; print(web.urlopen(sys.argv[1], timeout=5).read())"
        words = [sys.executable, "-c", fetch, words[1]]
    done = subprocess.run(
        words, cwd=TREE, env={**os.environ, **environment}, capture_output=True, text=True, timeout=30
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


async def test_the_examples_of_the_service_pass() -> None:
    shown: dict[str, object] = {}
    for block in sections(SERVICE_README)[0].blocks("python"):
        exec(compile(block.text, str(SERVICE_README), "exec"), shown)
    examples = {name: thing for name, thing in shown.items() if name.startswith("test_")}
    assert len(examples) == 2
    for example in examples.values():
        assert inspect.iscoroutinefunction(example)
        async with asyncio.timeout(20):
            await example()


def test_the_example_of_the_library_passes() -> None:
    (block,) = sections(LIBRARY_README)[0].blocks("python")
    exec(compile(block.text, str(LIBRARY_README), "exec"), {})


def test_every_module_of_the_library_is_named() -> None:
    (rows,) = [found.table() for found in sections(LIBRARY_README) if found.title == "What is where"]
    modules = {path.stem for path in (TREE / "libs/dubbing-protocol/dubbing_protocol").glob("*.py")}
    assert {row["module"] for row in rows} == modules - {"__init__"}
