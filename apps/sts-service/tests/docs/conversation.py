"""The conversations of docs/protocol.md: read from its `frames` blocks, and played against a real server.

A block's first words say how: settings of the server as variables; `continued` goes on where the block before
it stopped; `opened` begins behind the opening of the first whole session.
"""

import asyncio
import dataclasses
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import takewhile

from sts_service.echo import EchoServer, EchoSettings
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed
from wire import verdict

from docs.page import PROTOCOL, Block, sections

TIMEOUT_S = 10.0

PLACEHOLDERS = {
    "<sid>": "[A-Za-z0-9_-]{10,}",
    "<uuid>": "[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}",
    "<ms>": r"\d+(?:\.\d+)?",
}


@dataclass(frozen=True, slots=True)
class Line:
    by_server: bool
    text: str


@dataclass(slots=True)
class Conversation:
    settings: dict[str, str] = field(default_factory=dict)
    lines: list[Line] = field(default_factory=list)


def conversations() -> list[Conversation]:
    """In the order of the page."""
    found: list[Conversation] = []
    for block in sections(PROTOCOL)[0].blocks("frames"):
        words = block.words[1:]
        if words == ["continued"]:
            found[-1].lines += _lines(block)
        elif words == ["opened"]:
            found.append(Conversation(lines=[*_opening(found), *_lines(block)]))
        else:
            found.append(Conversation(dict(word.split("=", 1) for word in words), list(_lines(block))))
    return found


async def play(conversation: Conversation) -> None:
    """Says the client's part to a server of its own. AssertionError where the server says anything else."""
    settings = EchoSettings.load([], {"PORT": "0", **conversation.settings}, prog="echo", description="")
    values = {setting.name: getattr(settings, setting.name) for setting in dataclasses.fields(settings)}
    async with asyncio.timeout(TIMEOUT_S), EchoServer(**values) as echo, websocket(echo) as wire:
        judge = _Judge()
        for line in conversation.lines:
            if line.by_server:
                said = await _hear(wire)
                judge.hear(said)
                assert pattern(line.text).fullmatch(said), f"the page:   {line.text}\nthe server: {said}"
            else:
                await wire.send(_frame(line.text))


def websocket(echo: EchoServer) -> connect:
    """A WebSocket to the server, as one opens it without a Socket.IO library."""
    address = f"{echo.url.replace('http', 'ws', 1)}/socket.io/?EIO=4&transport=websocket"
    return connect(address, compression=None, ping_interval=None, proxy=None)


def pattern(text: str) -> re.Pattern[str]:
    parts = re.split(f"({'|'.join(PLACEHOLDERS)})", text)
    return re.compile("".join(PLACEHOLDERS.get(part) or re.escape(part) for part in parts))


class _Judge:
    """Has every event that the server says checked against its schema, as all tests do."""

    def __init__(self) -> None:
        self._verdict = verdict.Conversation("a conversation of the page")
        self._awaiting: str | None = None

    def hear(self, said: str) -> None:
        if said.startswith("451-"):
            self._awaiting = said
        elif said.startswith("42"):
            event, *arguments = json.loads(said[2:])
            self._verdict.hear(event, tuple(arguments))
        elif said.startswith("(binary ") and self._awaiting:
            event, payload = json.loads(self._awaiting[4:])
            payload["dubbed_audio"]["data"] = _frame(said)
            self._verdict.hear(event, (payload,))


async def _hear(wire: ClientConnection) -> str:
    try:
        frame = await wire.recv()
    except ConnectionClosed as closed:
        return f"(closed {closed.rcvd.code})" if closed.rcvd else "(closed)"
    return frame if isinstance(frame, str) else f"(binary {frame.hex()})"


def _frame(text: str) -> str | bytes:
    binary = re.fullmatch(r"\(binary ([0-9a-f]*)\)", text)
    return bytes.fromhex(binary[1]) if binary else text


def _lines(block: Block) -> Iterator[Line]:
    text = re.sub(r"\n {2,}", "", block.text)
    for line in text.splitlines():
        assert line[:2] in ("> ", "< "), f"neither the client's nor the server's: {line}"
        yield Line(line[0] == "<", line[2:])


def _opening(earlier: list[Conversation]) -> list[Line]:
    """Up to and with stream:ready, on a server that asks for no token."""
    (session,) = [
        conversation
        for conversation in earlier
        if any("stream:init" in line.text for line in conversation.lines)
        and conversation.settings.get("STS_API_KEY")
    ]
    opening = list(takewhile(lambda line: "fragment:data" not in line.text, session.lines))
    assert opening[-1].by_server
    assert "stream:ready" in opening[-1].text
    return opening
