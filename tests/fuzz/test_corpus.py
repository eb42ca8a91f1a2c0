"""Every input that is kept, those that once broke something among them, is taken in order."""

from pathlib import Path

import pytest

from fuzz.campaign import CORPUS
from fuzz.promises import Broken, hold
from fuzz.targets import NAMES, load
from fuzz.targets.secrets import SECRET

MOST_BYTES = 300_000
"""Of the whole corpus: it is in the tree."""


@pytest.mark.parametrize("name", NAMES)
def test_what_is_kept_is_taken_in_order(name: str) -> None:
    target, files = load(name), sorted((CORPUS / name).iterdir())
    assert files
    for file in files:
        try:
            target.one(file.read_bytes())
        except Exception as error:
            raise AssertionError(f"{file.relative_to(CORPUS)}: {error!r}") from error


@pytest.mark.parametrize("name", NAMES)
def test_the_smallest_inputs_are_taken_in_order(name: str) -> None:
    target = load(name)
    target.one(b"")
    for byte in range(24):
        target.one(bytes([byte]))
        target.one(bytes([byte]) * 3)


def test_the_corpus_is_small() -> None:
    assert sum(path.stat().st_size for path in CORPUS.rglob("*") if path.is_file()) < MOST_BYTES
    assert {path.name for path in CORPUS.iterdir()} == set(NAMES)


def test_a_target_that_breaks_a_promise_is_told_of(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(Broken, match="a promise"):
        hold(kept=False, promise="a promise")
    monkeypatch.setattr("media_service.config.urls.HIDDEN", SECRET)
    with pytest.raises(AssertionError, match="a mask hides"):
        test_what_is_kept_is_taken_in_order("secrets")


def test_every_target_is_in_the_list() -> None:
    modules = {path.stem for path in (Path(__file__).parent / "targets").glob("*.py")}
    assert modules - {"__init__"} == set(NAMES)
