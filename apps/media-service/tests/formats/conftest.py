"""Runs that go on side by side, two at a time, begun before the first test looks at its own."""

from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from live.echo import EchoProcess
from media_service.testmedia.generate import generate
from media_service.testmedia.programme import Programme

from formats.cases import Case
from formats.runs import Run, run

Played = Callable[[Case], tuple[Path, Path, Run]]
"""The source, the recording, and the run that made it of the source."""


@pytest.fixture(scope="session")
def echo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[EchoProcess]:
    with EchoProcess(tmp_path_factory.mktemp("echo")) as service:
        yield service


@pytest.fixture(scope="session")
def played(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory, echo: EchoProcess
) -> Iterator[Played]:
    folder = tmp_path_factory.mktemp("formats")

    def play(case: Case) -> tuple[Path, Path, Run]:
        source = generate(folder / f"{case.name}{case.source}", case.programme)
        out = folder / f"{case.name}-out{case.output.removesuffix('/')}"
        dubs: dict[str, Any] = {"sts_service_url": echo.url} if case.dubbed else {}
        ended = run(source, f"{out}/" if case.output == "/" else out, **dubs)
        return source, out / "index.m3u8" if case.output == "/" else out, ended

    with ThreadPoolExecutor(2) as pool:
        begun: dict[Case, Future[tuple[Path, Path, Run]]] = {}
        for item in request.session.items:
            case = getattr(item, "callspec", None) and item.callspec.params.get("case")  # type: ignore[attr-defined]
            if isinstance(case, Case) and case not in begun:
                begun[case] = pool.submit(play, case)
        yield lambda case: begun[case].result(200)
        for future in begun.values():
            future.cancel()


@pytest.fixture(scope="session", autouse=True)
def begun_before_anything_is_looked_at(request: pytest.FixtureRequest) -> None:
    """What other tests wait for, the runs of the matrix use."""
    if any("played" in getattr(item, "fixturenames", ()) for item in request.session.items):
        request.getfixturevalue("played")


@pytest.fixture(scope="session")
def sample(tmp_path_factory: pytest.TempPathFactory) -> Callable[..., Path]:
    """`sample(".ts", audio=None)`: two seconds of a programme."""
    folder = tmp_path_factory.mktemp("samples")
    kept: dict[str, Path] = {}

    def make(suffix: str, **changes: Any) -> Path:
        name = f"{sorted(changes.items())}{suffix}"
        if name not in kept:
            small: dict[str, Any] = {
                "duration_s": 2.0,
                "width": 320,
                "height": 180,
                "video_bit_rate": 300_000,
            }
            kept[name] = generate(folder / f"{len(kept)}{suffix}", Programme(**{**small, **changes}))
        return kept[name]

    return make
