"""What the proxy does to a connection, against a real server that sends everything back."""

import asyncio
import random
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
from servers.ports import LOCAL

from drill.proxy import MOST_CONNECTIONS, NONE, Fault, Proxy

SOON_S, QUIET_S = 20.0, 0.3
MUCH = random.Random(7).randbytes(1_000_000)
SOME = MUCH[:20_000]


class Client:
    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader, self.writer = reader, writer

    async def echoed(self, data: bytes) -> bytes:
        self.writer.write(data)
        async with asyncio.timeout(SOON_S):
            return await self.reader.readexactly(len(data))

    async def ends(self) -> None:
        """Or is reset."""
        async with asyncio.timeout(SOON_S):
            while await self.reader.read(1 << 16):
                pass


async def _echo(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    try:
        while data := await reader.read(1 << 16):
            writer.write(data)
            await writer.drain()
    except ConnectionError:
        pass
    finally:
        writer.close()


@asynccontextmanager
async def _proxied() -> AsyncIterator[Proxy]:
    server = await asyncio.start_server(_echo, LOCAL, 0)
    async with server, Proxy(server.sockets[0].getsockname()[1]) as proxy:
        yield proxy


@asynccontextmanager
async def _client(proxy: Proxy) -> AsyncIterator[Client]:
    async with asyncio.timeout(SOON_S):
        reader, writer = await asyncio.open_connection(LOCAL, proxy.port)
    try:
        yield Client(reader, writer)
    finally:
        writer.transport.abort()


async def _send_without_end(writer: asyncio.StreamWriter) -> None:
    for _ in range(64):
        writer.write(MUCH)
        async with asyncio.timeout(QUIET_S):
            await writer.drain()


def _now() -> float:
    return asyncio.get_running_loop().time()


async def test_without_a_fault_everything_passes_unchanged() -> None:
    async with _proxied() as proxy, _client(proxy) as one, _client(proxy) as other:
        assert await one.echoed(MUCH) == MUCH
        assert await other.echoed(SOME) == SOME


async def test_the_end_of_one_side_is_told_to_the_other() -> None:
    async with _proxied() as proxy, _client(proxy) as client:
        await client.echoed(SOME)
        client.writer.write_eof()
        await client.ends()


async def test_what_is_delayed_comes_late_in_each_direction() -> None:
    async with _proxied() as proxy, _client(proxy) as client:
        await proxy.behave(Fault(delay_s=0.15))
        begun = _now()
        await client.echoed(b"x")
        assert _now() - begun >= 0.3


async def test_a_delay_makes_nothing_slower_than_later() -> None:
    async with _proxied() as proxy, _client(proxy) as client:
        await proxy.behave(Fault(delay_s=0.1))
        begun = _now()
        assert await client.echoed(SOME) == SOME
        # Each of its pieces waiting for the one before, it would take twenty times as long.
        assert _now() - begun < 2.0 + 0.2


async def test_jitter_leaves_the_order_as_it_is() -> None:
    async with _proxied() as proxy, _client(proxy) as client:
        await proxy.behave(Fault(jitter_s=0.02))
        for start in range(0, 4000, 100):
            client.writer.write(SOME[start : start + 100])
            await asyncio.sleep(0.002)
        async with asyncio.timeout(SOON_S):
            assert await client.reader.readexactly(4000) == SOME[:4000]


async def test_a_cut_resets_who_is_there_and_lets_others_in() -> None:
    async with _proxied() as proxy, _client(proxy) as client:
        await client.echoed(SOME)
        proxy.cut()
        with pytest.raises(ConnectionResetError):
            await client.ends()
        async with _client(proxy) as other:
            assert await other.echoed(SOME) == SOME


async def test_refused_nobody_comes_in_until_it_is_over() -> None:
    async with _proxied() as proxy, _client(proxy) as client:
        await client.echoed(SOME)
        await proxy.behave(Fault(refused=True))
        with pytest.raises(ConnectionRefusedError):
            async with _client(proxy):
                pass
        assert await client.echoed(SOME) == SOME, "who is there may stay"
        await proxy.behave(NONE)
        async with _client(proxy) as other:
            assert await other.echoed(SOME) == SOME


async def test_half_open_says_nothing_and_gives_all_of_it_afterwards() -> None:
    async with _proxied() as proxy, _client(proxy) as client:
        await client.echoed(SOME)
        await proxy.behave(Fault(silent=True))
        async with _client(proxy) as late:
            for each in (client, late):
                each.writer.write(SOME)
                with pytest.raises(TimeoutError):
                    async with asyncio.timeout(QUIET_S):
                        await each.reader.read(1)
            await proxy.behave(NONE)
            for each in (client, late):
                async with asyncio.timeout(SOON_S):
                    assert await each.reader.readexactly(len(SOME)) == SOME


async def test_half_open_a_sender_is_stopped_before_much_is_held() -> None:
    async with _proxied() as proxy, _client(proxy) as client:
        await client.echoed(SOME)
        await proxy.behave(Fault(silent=True))
        with pytest.raises(TimeoutError):
            await _send_without_end(client.writer)


async def test_bandwidth_is_limited() -> None:
    async with _proxied() as proxy, _client(proxy) as client:
        await proxy.behave(Fault(bytes_per_s=50_000))
        begun = _now()
        assert await client.echoed(SOME) == SOME
        assert _now() - begun >= 0.8 * len(SOME) / 50_000


async def test_a_drip_is_a_few_bytes_at_a_time_and_ends_when_it_is_over() -> None:
    async with _proxied() as proxy, _client(proxy) as client:
        await proxy.behave(Fault(bytes_per_s=40, drip_bytes=2))
        client.writer.write(SOME)
        async with asyncio.timeout(SOON_S):
            got = await client.reader.read(1000)
        assert len(got) == 2
        await proxy.behave(NONE)
        async with asyncio.timeout(SOON_S):
            assert got + await client.reader.readexactly(len(SOME) - 2) == SOME


async def test_corruption_changes_some_bits_and_no_length() -> None:
    async with _proxied() as proxy, _client(proxy) as client:
        await proxy.behave(Fault(corrupt_bytes=1000))
        got = await client.echoed(SOME)
        wrong = [a ^ b for a, b in zip(SOME, got, strict=True) if a != b]
        # About one of a thousand, there and back.
        assert 10 < len(wrong) < 120
        assert all(bits.bit_count() <= 2 for bits in wrong)


async def test_there_are_not_more_connections_than_it_may_have() -> None:
    async with _proxied() as proxy:
        ends = [await asyncio.open_connection(LOCAL, proxy.port) for _ in range(MOST_CONNECTIONS + 3)]
        try:
            for _, writer in ends:
                writer.write(b"x")
            answers = await asyncio.gather(*(reader.read(1) for reader, _ in ends), return_exceptions=True)
        finally:
            for _, writer in ends:
                writer.transport.abort()
        assert answers.count(b"x") == MOST_CONNECTIONS


async def test_when_it_ends_nothing_of_it_is_left() -> None:
    before = asyncio.all_tasks()
    async with _proxied() as proxy, _client(proxy) as client, _client(proxy):
        await client.echoed(SOME)
        await proxy.behave(Fault(silent=True))
        client.writer.write(SOME)
        assert proxy.connections == 2
        await proxy.__aexit__(None, None, None)
        assert proxy.connections == 0
    await asyncio.sleep(0)
    assert {task for task in asyncio.all_tasks() if "drill" in repr(task)} <= before
