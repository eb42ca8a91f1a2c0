"""How many connections, and how many new ones a second."""

import asyncio

from sts_service.echo import EchoServer
from wire.http import samples
from wire.sio_client import Refused, refusal, worker


async def test_more_connections_than_the_limit_are_refused() -> None:
    async with EchoServer(ws_max_connections=2) as echo, worker(echo.url) as one:
        async with worker(echo.url) as other:
            data = await refusal(echo.url)
            assert (data["code"], data["retryable"]) == ("RATE_LIMIT", True)
            for client, stream_id in ((one, "one"), (other, "other")):
                await client.init(stream_id, stream_id)
                assert (await client.round_trip(0))["status"] == "success"
        await until_let_in(echo.url)


async def test_a_refused_handshake_holds_no_place() -> None:
    async with EchoServer(ws_max_connections=1, sts_api_key="k") as echo:
        for _ in range(3):
            assert (await refusal(echo.url, auth={"token": "wrong"}))["code"] == "AUTH_FAILED"
        await until_let_in(echo.url, {"token": "k"})


async def test_more_new_connections_a_second_than_the_rate_are_refused() -> None:
    async with EchoServer(ws_connect_rate_per_s=3) as echo:
        outcomes = []
        for _ in range(9):
            try:
                async with worker(echo.url):
                    outcomes.append("let in")
            except Refused as refused:
                outcomes.append(refused.data["code"])
        assert outcomes[:3] == ["let in"] * 3
        assert "RATE_LIMIT" in outcomes
        await asyncio.sleep(1.1)
        await until_let_in(echo.url)


async def test_the_rate_does_not_touch_who_is_connected_already() -> None:
    async with EchoServer(ws_connect_rate_per_s=1) as echo, worker(echo.url) as client:
        await client.init()
        for _ in range(3):
            assert (await refusal(echo.url))["code"] == "RATE_LIMIT"
        assert (await client.round_trip(0))["status"] == "success"


async def test_connections_are_counted_by_result() -> None:
    async with EchoServer(sts_api_key="k") as echo:
        await refusal(echo.url)
        async with worker(echo.url, auth={"token": "k"}):
            found = {
                name: value
                for name, value in (await samples(echo.url)).items()
                if "sts_connections_total" in name
            }
            assert sorted(found.values()) == [1, 1]
            assert all("result=" in name for name in found)


async def until_let_in(url: str, auth: dict[str, str] | None = None) -> None:
    async with asyncio.timeout(5):
        while True:
            try:
                async with worker(url, auth=auth) as client:
                    await client.init()
                    return
            except Refused:
                await asyncio.sleep(0.05)
