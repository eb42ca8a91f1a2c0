"""Programmes that several tests look at, written once a session."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from media_service.testmedia.access import Flaw
from media_service.testmedia.generate import generate
from media_service.testmedia.media import Media, read
from media_service.testmedia.programme import Programme

Make = Callable[..., Media]


@pytest.fixture(scope="session")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("programmes")


@pytest.fixture(scope="session")
def made(folder: Path) -> Iterator[Make]:
    """`made(programme, suffix, *flaws)`: written and read again."""
    kept: dict[tuple[Programme, str], Media] = {}

    def make(programme: Programme, suffix: str = ".ts", *flaws: Flaw) -> Media:
        if flaws or (programme, suffix) not in kept:
            path = folder / f"{len(list(folder.iterdir()))}{suffix}"
            media = read(generate(path, programme, flaws))
            if flaws:
                return media
            kept[programme, suffix] = media
        return kept[programme, suffix]

    yield make
    kept.clear()
