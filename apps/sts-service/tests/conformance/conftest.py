"""Servers and streams to start from. Every test gets its own server, on its own port."""

from collections.abc import AsyncIterator

import pytest
from sts_service.echo import EchoServer
from wire.raw_client import RawClient, raw_worker
from wire.sio_client import SioClient, worker


@pytest.fixture
async def echo() -> AsyncIterator[EchoServer]:
    """A server with its default settings."""
    async with EchoServer() as server:
        yield server


@pytest.fixture
async def slow_echo() -> AsyncIterator[EchoServer]:
    """A server that works 20 s on a fragment: what it accepts stays in flight until it is skipped."""
    async with EchoServer(echo_processing_delay_ms=20_000) as server:
        yield server


@pytest.fixture
async def active(echo: EchoServer) -> AsyncIterator[SioClient]:
    """A worker with an open session on `echo`."""
    async with worker(echo.url) as client:
        await client.init(max_inflight=10)
        yield client


@pytest.fixture
async def holding(slow_echo: EchoServer) -> AsyncIterator[SioClient]:
    """A worker with an open session on `slow_echo`."""
    async with worker(slow_echo.url) as client:
        await client.init(max_inflight=10, timeout_ms=30_000)
        yield client


@pytest.fixture
async def raw(echo: EchoServer) -> AsyncIterator[RawClient]:
    """A hand-framing worker on `echo` that has not sent anything yet."""
    async with raw_worker(echo.url) as client:
        yield client
