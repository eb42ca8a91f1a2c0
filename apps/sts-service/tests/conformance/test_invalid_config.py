"""Every field of `stream:init`: what is refused, what its limits are, and what the error tells."""

import json
from typing import Any

import pytest
from sts_service.echo import EchoServer
from wire.payloads import changed, init_payload, without
from wire.raw_client import raw_worker
from wire.sio_client import worker

NAMES = ["", "a" * 65, "white space", "dot.ted", "sla/sh", "../up", "é", "new\nline", "trailing\n", "\u0661"]
NO_NAMES = [7, None, ["a"], {"a": 1}, True]
NO_LANGUAGES = ["", "not a tag!", 5, None, ["en"]]
LANGUAGES = ["en", "es-419", "pt-BR", "zh-Hant-TW"]

WRONG: dict[str, list[Any]] = {
    "stream_id": [*NAMES, *NO_NAMES],
    "worker_id": [*NAMES, *NO_NAMES],
    "config": [None, [], "en", 1, {}],
    "config.source_language": NO_LANGUAGES,
    "config.target_language": NO_LANGUAGES,
    "config.chunk_duration_ms": [99, 30_001, 0, -1, "6000", 6000.5, True, 2**70],
    "config.sample_rate_hz": [0, 44_101, 96_000, -48_000, "48000", 48_000.5, [48_000]],
    "config.channels": [0, 3, -1, "2", 1.5, True, [2]],
    "config.format": ["mp3", "", "M4A", "pcm", 1, ["m4a"], {}],
    "config.voice_profile": [1, ["default"], {}],
    "config.domain": [1, ["sports"], {}],
    "max_inflight": [0, 11, -1, "3", 2.5, True, [], 2**70],
    "timeout_ms": [999, 30_001, -1, "8000", 8000.5, True, {}, 2**70],
}

ACCEPTED: dict[str, list[Any]] = {
    "stream_id": ["a", "A-z_09" + "x" * 58],
    "worker_id": ["_"],
    "config.source_language": LANGUAGES,
    "config.target_language": LANGUAGES,
    "config.chunk_duration_ms": [100, 30_000],
    "config.sample_rate_hz": [8000, 16_000, 22_050, 24_000, 44_100, 48_000],
    "config.channels": [1, 2],
    "config.format": ["m4a", "pcm_s16le"],
    "config.domain": ["general", "sports", "news", "chess"],
    "max_inflight": [1, 10],
    "timeout_ms": [1000, 30_000],
}


@pytest.mark.parametrize("path", WRONG)
async def test_a_wrong_value_is_invalid_config_and_names_its_field(echo: EchoServer, path: str) -> None:
    async with raw_worker(echo.url) as client:
        for value in WRONG[path]:
            await client.emit("stream:init", changed(init_payload(), path, value))
            error = await client.next_of("error", "stream:ready")
            assert error.get("code") == "INVALID_CONFIG", f"{path} = {value!r} is answered with {error}"
            assert path.split(".")[0] in json.dumps(error["metadata"]["errors"]), (
                f"{path} = {value!r}: {error}"
            )
        await client.init()
        assert (await client.round_trip(0))["status"] == "success"


async def test_a_value_within_the_limits_is_accepted() -> None:
    async with EchoServer(ws_connect_rate_per_s=1000) as echo:
        for path, value in ((path, value) for path, values in ACCEPTED.items() for value in values):
            async with worker(echo.url) as client:
                await client.emit("stream:init", changed(init_payload(), path, value))
                await client.expect("stream:ready")


@pytest.mark.parametrize(
    "path",
    [
        "stream_id",
        "worker_id",
        "config",
        "config.source_language",
        "config.target_language",
        "config.channels",
    ],
)
async def test_a_missing_field_is_invalid_config_and_named(echo: EchoServer, path: str) -> None:
    async with worker(echo.url) as client:
        await client.emit("stream:init", without(init_payload(), path))
        error = await client.expect("error", code="INVALID_CONFIG")
        assert path.split(".")[-1] in json.dumps(error["metadata"]["errors"])


async def test_every_wrong_field_is_listed(echo: EchoServer) -> None:
    async with worker(echo.url) as client:
        await client.emit("stream:init", init_payload("not a name!", channels=9, timeout_ms=1, format="mp3"))
        listed = (await client.expect("error", code="INVALID_CONFIG"))["metadata"]["errors"]
        assert len(listed) == 4
        assert all(name in json.dumps(listed) for name in ("stream_id", "channels", "timeout_ms", "format"))
