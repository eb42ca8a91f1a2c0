"""Plays a preview as the page would: asks for the playlist, and fetches each new piece."""

import asyncio
import contextlib
import time
from pathlib import Path
from typing import BinaryIO
from urllib.parse import urljoin

import aiohttp

from livedub.demo.playlist import Piece, parse

ASKED_EVERY_S = 0.5
TIMEOUT = aiohttp.ClientTimeout(total=10)


class Viewer:
    """`watch` runs beside the rest; then the attributes tell."""

    def __init__(self, url: str, file: Path) -> None:
        """`file` receives all pieces, one after the other."""
        self._url = url
        self.file = file
        self.pieces: list[tuple[Piece, int]] = []
        """With the byte at which each begins in the file."""
        self.advances = 0
        """times that the playlist told of something new"""
        self.failures: list[str] = []
        """of what was asked for"""
        self.begun_s: float | None = None
        """when there first was something to play"""
        self._newest = -1

    def watched_s(self, until_s: float) -> float:
        """Since there first was something to play."""
        return 0.0 if self.begun_s is None else until_s - self.begun_s

    async def watch(self) -> None:
        """Until cancelled."""
        async with aiohttp.ClientSession(timeout=TIMEOUT) as http:
            with self.file.open("wb") as file:
                while True:
                    with contextlib.suppress(aiohttp.ClientError, TimeoutError, OSError):
                        await self._look(http, file)
                    await asyncio.sleep(ASKED_EVERY_S)

    async def _look(self, http: aiohttp.ClientSession, file: BinaryIO) -> None:
        async with http.get(self._url) as answer:
            text = await answer.text() if answer.status == 200 else ""
        playlist = parse(text)
        if playlist is None:
            if self.pieces:
                self.failures.append("the playlist")
            return
        new = [
            (number, piece)
            for number, piece in enumerate(playlist.pieces, playlist.sequence)
            if number > self._newest
        ]
        self.advances += bool(new)
        if new and self.begun_s is None:
            self.begun_s = time.monotonic()
        for number, piece in new:
            self._newest = number
            async with http.get(urljoin(self._url, piece.name)) as answer:
                if answer.status != 200:
                    self.failures.append(piece.name)
                    continue
                data = await answer.read()
            self.pieces.append((piece, file.tell()))
            file.write(data)
            file.flush()
