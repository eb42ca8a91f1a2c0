"""The service over the real protocol, and as a process."""

import asyncio
import contextlib
import json
import os
import re
import sys
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import orjson
import pytest
from sts_service import full
from sts_service.full import FullServer, FullSettings, create_app
from sts_service.full.__main__ import run
from sts_service.server.app import StsApp
from sts_service.testing.fakes import transcriber
from sts_service.testing.script import Script, Step, to_json
from wire.http import request, samples
from wire.payloads import fragment_payload, init_payload
from wire.sio_client import worker

from full_stream.sounds import audio, silence, spoken
from full_stream.studio import SAYS, engines


def payload(number: int, sound: Any, **more: Any) -> dict[str, Any]:
    return fragment_payload(number, audio=sound.to_wire(), **more)


async def depth_becomes(url: str, expected: int) -> None:
    """Waits until so many calls are with the transcriber."""
    for _ in range(1000):
        depth = (await samples(url))['sts_queue_depth{stage="asr"}']
        if depth == expected:
            return
        await asyncio.sleep(0.02)
    raise AssertionError(f"{depth} calls are still there")


async def test_a_stream_is_dubbed_over_the_protocol() -> None:
    sound = audio(spoken(), format="m4a", channels=2)
    async with FullServer(engines=engines()) as server, worker(server.url) as client:
        ready = await client.init()
        assert ready["capabilities"]["batch_processing"] is True
        ids = []
        for number in range(3):
            event = payload(number, sound, metadata={"pts_ns": number * 6_000_000_000})
            await client.emit("fragment:data", event)
            ids.append(event["fragment_id"])
        results = [await client.result(fragment_id, timeout=20) for fragment_id in ids]
        metrics = await samples(server.url)
        complete = await client.complete()
    assert client.delivered() == [0, 1, 2]
    for number, result in enumerate(results):
        assert result["status"] == "success"
        assert result["transcript"] == SAYS
        assert result["dubbed_audio"]["samples"] == 6 * 48_000
        assert result["metadata"]["segments"][0]["pts_ns"] >= number * 6_000_000_000
        assert [asset["kind"] for asset in result["metadata"]["assets"]] == [
            "audio",
            "transcript",
            "translation",
            "speech",
        ]
    assert complete["statistics"]["success_count"] == 3
    assert metrics["sts_asr_duration_seconds_count"] == 3
    assert metrics['sts_queue_depth{stage="asr"}'] == 0
    assert [
        metrics[f'sts_engines_running{{stage="{stage}"}}'] for stage in ("asr", "translation", "tts")
    ] == [
        1,
        1,
        1,
    ]


async def test_ready_answers_503_until_the_engines_are_there() -> None:
    slow = {**engines(), "asr": transcriber(Script(start_s=0.5), home="process")}
    async with FullServer(engines=slow, until_ready=False) as server:
        early = await request(f"{server.url}/ready")
        async with asyncio.timeout(20):
            await server.processor.tried.wait()
        late = await request(f"{server.url}/ready")
    assert early.status == 503
    assert json.loads(early.text)["engines"]["asr"]["why"] == "the engines are still being tried"
    assert late.status == 200
    assert json.loads(late.text)["engines"]["asr"]["engine"] == "fake"


async def test_a_stream_that_cannot_be_served_is_refused_by_name() -> None:
    async with FullServer(engines=engines()) as server, worker(server.url) as client:
        await client.emit("stream:init", init_payload(voice_profile="nobody"))
        error = await client.expect("error")
    assert error["code"] == "INVALID_VOICE_PROFILE"
    assert error["metadata"]["errors"][0]["field"] == "config.voice_profile"


async def test_a_skipped_fragment_frees_the_engine() -> None:
    hanging = engines(Script(steps=(Step(does="hang"),)))
    async with FullServer(engines=hanging) as server, worker(server.url) as client:
        await client.init(format="pcm_s16le", channels=1)
        first, second = payload(0, audio(spoken())), payload(1, audio(spoken()))
        await client.emit("fragment:data", first)
        await client.emit("fragment:data", second)
        await client.answer("fragment:ack", second["fragment_id"])
        await depth_becomes(server.url, 1)
        await client.skip(0)
        result = await client.result(second["fragment_id"], timeout=20)
        assert result["status"] == "success"
        cancelled = await client.result(first["fragment_id"])
        assert cancelled["error"]["code"] == "CANCELLED"
        await client.complete()


async def test_a_connection_that_is_cut_frees_the_engines() -> None:
    hanging = engines(Script(steps=(Step(does="hang"),) * 3))
    async with FullServer(engines=hanging) as server:
        async with worker(server.url) as client:
            await client.init(format="pcm_s16le", channels=1)
            for number in range(3):
                await client.emit("fragment:data", payload(number, audio(spoken())))
            await depth_becomes(server.url, 1)
        await depth_becomes(server.url, 0)


def kept(folder: Path) -> list[Path]:
    """What was kept of each fragment, in order."""
    return sorted(folder.glob("*/*"))


async def test_artifacts_are_kept_where_that_is_wanted(tmp_path: Path) -> None:
    settings: dict[str, Any] = {"enable_artifact_logging": True, "artifacts_path": str(tmp_path)}
    broken = audio(spoken(1.0)).model_copy(update={"data_base64": "!"})
    async with FullServer(engines=engines(), **settings) as server, worker(server.url) as client:
        await client.init(format="pcm_s16le", channels=1)
        for number, sound in enumerate((audio(spoken()), audio(silence()), broken)):
            event = payload(number, sound)
            await client.emit("fragment:data", event)
            await client.result(event["fragment_id"], timeout=20)
        await client.complete()
    first, second, third = kept(tmp_path)
    assert (first / "transcript.txt").read_text() == SAYS + "\n"
    assert (first / "dubbed_audio.pcm").stat().st_size == 6 * 48_000 * 2
    metadata = json.loads((first / "metadata.json").read_text())
    assert metadata["spoken_text"]
    assert metadata["result"]["assets"]
    assert json.loads((second / "metadata.json").read_text())["status"] == "success"
    assert json.loads((third / "metadata.json").read_text())["error"]["code"] == "INVALID_AUDIO"
    assert not (third / "original_audio.pcm").exists()


@pytest.mark.logs_errors
async def test_a_server_that_cannot_dub_says_why() -> None:
    absent = {**engines(), "asr": transcriber(Script(start_does="raise"), home="loop")}
    with pytest.raises(RuntimeError, match="the service cannot dub: no engine serves this stage: fake: "):
        async with FullServer(engines=absent):
            raise AssertionError("it was entered")


def test_the_app_is_there_for_other_servers() -> None:
    assert isinstance(create_app(FullSettings(), engines()), StsApp)
    assert not hasattr(full, "nothing")


def test_engines_are_listed_with_what_they_need(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["--list-engines"]) == 0
    shown = capsys.readouterr().out
    for name in ("faster-whisper", "deepl", "xtts", "tone"):
        assert re.search(rf"^  {name} ", shown, re.MULTILINE), name
    assert run(["--list-engines", "--tts-engin=x"]) == 2
    assert "--tts-engin: no such setting" in capsys.readouterr().err


def test_a_wrong_setting_ends_the_start_in_one_line(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["--voice-profiles-path=/nowhere/voices.json"]) == 2
    shown = capsys.readouterr().err
    assert shown.count("\n") == 1
    assert "VOICE_PROFILES_PATH: /nowhere/voices.json: No such file or directory" in shown


FAKES = "sts_service.testing.fakes"


@contextlib.asynccontextmanager
async def service(*flags: str, **environment: str) -> AsyncIterator[tuple[asyncio.subprocess.Process, str]]:
    """The service as a process, and its address as soon as it listens."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "sts_service.full", "--port=0"),
        *(f"--asr-engine={FAKES}:TRANSCRIBER", f"--translation-engine={FAKES}:TRANSLATOR_ON_LOOP"),
        *(f"--tts-engine={FAKES}:SYNTHESIZER", *flags),
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
        env={**os.environ, **environment},
    )
    try:
        async with asyncio.timeout(40):
            assert process.stdout
            address = re.search(r"http://\S+", (await process.stdout.readline()).decode())
            assert address
            yield process, address.group()
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()


async def log_until(process: asyncio.subprocess.Process, message: str) -> list[dict[str, Any]]:
    assert process.stderr
    lines: list[dict[str, Any]] = []
    while not any(message in line["message"] for line in lines):
        lines.append(orjson.loads(await process.stderr.readline()))
    return lines


def engine_processes(lines: list[dict[str, Any]]) -> list[Path]:
    return [Path(f"/proc/{line['pid']}") for line in lines if line["message"] == "engine process ready"]


async def test_the_process_says_who_serves_and_finishes_its_work_when_it_is_told_to_end() -> None:
    scripts = {
        "FAKE_TRANSCRIBER": to_json(Script(says=(SAYS,))),
        "FAKE_SYNTHESIZER": to_json(Script(takes_s=(1.5, 1.5))),
    }
    async with service(**scripts) as (process, url):
        lines = await log_until(process, "ready to dub")
        assert (await request(f"{url}/ready")).status == 200
        async with worker(url) as client:
            await client.init(format="pcm_s16le", channels=1)
            sent = payload(0, audio(spoken()))
            await client.emit("fragment:data", sent)
            await client.answer("fragment:ack", sent["fragment_id"])
            process.terminate()
            assert (await client.result(sent["fragment_id"], timeout=20))["status"] == "success"
            assert (await client.expect("stream:complete"))["statistics"]["success_count"] == 1
            assert (await client.expect("stream:closed"))["reason"] == "shutdown"
        assert await process.wait() == 0
    serving = [line["message"] for line in lines if "serves this stage" in line["message"]]
    assert [message.partition(":")[0] for message in serving] == ["asr", "translation", "tts"]
    assert len(engine_processes(lines)) == 2
    assert not [folder for folder in engine_processes(lines) if folder.exists()]


async def test_a_service_that_is_told_to_end_while_its_engines_start_ends_at_once() -> None:
    async with service(FAKE_SYNTHESIZER=to_json(Script(start_s=300.0))) as (process, url):
        lines = await log_until(process, "translation: ")
        assert (await request(f"{url}/ready")).status == 503
        process.terminate()
        assert await process.wait() == 0
    assert not [folder for folder in engine_processes(lines) if folder.exists()]
