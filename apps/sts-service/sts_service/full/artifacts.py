"""What is kept of each fragment when the operator asks for it: people's voices and words, so off by default.

`keep` never waits: a thread writes, and what it cannot keep up with is left out. A folder appears whole or
not at all. A full disk stops the writing until the next clearing, and never the dubbing.
"""

import asyncio
import contextlib
import hashlib
import json
import logging
import os
import re
import shutil
import time
from collections.abc import AsyncIterator, Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

log = logging.getLogger(__name__)

MOST_WAITING = 64
CLEAR_EVERY_S = 60.0
LAST_S = 5.0
"""For what still waits, when the service ends."""
SAFE = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.-]{0,127}")
MARK = "metadata.json"
"""Every folder of ours has it, and no other is ever cleared away."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    """One fragment. What there is none of is left out."""

    original: bytes | None
    dubbed: bytes | None
    format: str
    """`m4a` or `pcm_s16le`, of both."""
    transcript: str | None
    translation: str | None
    metadata: Mapping[str, Any]


class Artifacts:
    """`run` must be entered for anything to be written."""

    def __init__(
        self, root: Path, *, retention_hours: float, max_count: int, clock: Callable[[], float] = time.time
    ) -> None:
        self._root = root
        self._retention_s = retention_hours * 3600
        self._max_count = max_count
        self._clock = clock
        self._waiting: asyncio.Queue[tuple[Path, Kept]] = asyncio.Queue(MOST_WAITING)
        self._stopped = False
        self._failing = False
        """Told, and not yet over."""
        self.left_out = 0

    def keep(self, stream_id: str, fragment_id: str, kept: Kept) -> None:
        if self._stopped:
            self.left_out += 1
            return
        try:
            self._waiting.put_nowait((self._root / _safe(stream_id) / _safe(fragment_id), kept))
        except asyncio.QueueFull:
            self.left_out += 1

    @contextlib.asynccontextmanager
    async def run(self) -> AsyncIterator[None]:
        """Writes and clears for as long as the block lasts, and ends with what still waits."""
        async with asyncio.TaskGroup() as tasks:
            writing = tasks.create_task(self._write_all())
            clearing = tasks.create_task(self._clear_all())
            try:
                yield
            finally:
                clearing.cancel()
                with contextlib.suppress(TimeoutError):
                    async with asyncio.timeout(LAST_S):
                        await self._waiting.join()
                writing.cancel()

    async def _write_all(self) -> None:
        while True:
            folder, kept = await self._waiting.get()
            try:
                if self._stopped:
                    self.left_out += 1
                else:
                    await asyncio.to_thread(write, folder, kept)
                    self._failing = False
            except OSError as error:
                self.left_out += 1
                self._stopped = True
                self._tell(error)
            finally:
                self._waiting.task_done()

    async def _clear_all(self) -> None:
        while True:
            try:
                await asyncio.to_thread(
                    clear, self._root, before=self._clock() - self._retention_s, most=self._max_count
                )
            except OSError as error:
                self._tell(error)
            self._stopped = False
            await asyncio.sleep(CLEAR_EVERY_S)

    def _tell(self, error: OSError) -> None:
        if not self._failing:
            log.warning("artifacts: %s: %s; they are left out until it is mended", self._root, error.strerror)
        self._failing = True


def _safe(name: str) -> str:
    """As a path's component. An id may hold anything printable, so an unusual one becomes its digest."""
    if SAFE.fullmatch(name):
        return name
    return "id-" + hashlib.sha256(name.encode(errors="surrogatepass")).hexdigest()[:32]


def write(folder: Path, kept: Kept) -> None:
    """Of a retry, the later one stays. Raises `OSError`."""
    unfinished = folder.with_name(f".{folder.name}.unfinished")
    shutil.rmtree(unfinished, ignore_errors=True)
    unfinished.mkdir(parents=True, mode=0o700)
    try:
        suffix = "m4a" if kept.format == "m4a" else "pcm"
        for name, sound in (
            (f"original_audio.{suffix}", kept.original),
            (f"dubbed_audio.{suffix}", kept.dubbed),
        ):
            if sound is not None:
                (unfinished / name).write_bytes(sound)
        for name, text in (("transcript.txt", kept.transcript), ("translation.txt", kept.translation)):
            if text is not None:
                (unfinished / name).write_text(text + "\n", encoding="utf-8", errors="replace")
        (unfinished / MARK).write_text(json.dumps(kept.metadata, indent=1, default=str), encoding="utf-8")
        shutil.rmtree(folder, ignore_errors=True)
        unfinished.rename(folder)
    except OSError:
        shutil.rmtree(unfinished, ignore_errors=True)
        raise


def clear(root: Path, *, before: float, most: int) -> None:
    """Removes fragments that are older than `before`, and the oldest of more than `most`."""
    found = sorted(_fragments(root))
    surplus = len(found) - most
    for number, (changed, folder) in enumerate(found):
        if changed >= before and number >= surplus:
            break
        shutil.rmtree(folder, ignore_errors=True)
        with contextlib.suppress(OSError):
            folder.parent.rmdir()


def _fragments(root: Path) -> list[tuple[float, Path]]:
    """When each was written, and where it is; links are not followed."""
    found = []
    for stream in _folders(root):
        for fragment in _folders(stream):
            with contextlib.suppress(OSError):
                found.append(((fragment / MARK).stat().st_mtime, fragment))
    return found


def _folders(of: Path) -> list[Path]:
    try:
        with os.scandir(of) as entries:
            return [Path(entry.path) for entry in entries if entry.is_dir(follow_symlinks=False)]
    except FileNotFoundError:
        return []
