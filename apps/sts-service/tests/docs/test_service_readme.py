"""apps/sts-service/README.md says what is so: settings, answers, metrics, log lines, rooms."""

import dataclasses
import json
import re

import pytest
from dubbing_protocol import ResultMetadata
from dubbing_protocol.fragment import Segment
from full_stream.sounds import audio, fragment, spoken
from full_stream.studio import engines, studio
from service_kit.settings import Settings, default_text, flag, help_text, variable
from sts_service.echo import EchoServer, EchoSettings
from sts_service.full import FullSettings
from sts_service.server.metrics import Metrics
from sts_service.server.settings import ServerSettings
from sts_service.testing.fakes import transcriber
from wire.http import request
from wire.service import running
from wire.sio_client import worker

from docs.page import SERVICE_README, TREE, section

SERVICE = TREE / "apps/sts-service/sts_service"


def shown(title: str) -> list[tuple[str, ...]]:
    """The first table under the heading."""
    return [tuple(row.values()) for row in section(SERVICE_README, title).tables()[0]]


def rows_of(table: type[Settings], without: type[Settings] | None = None) -> list[tuple[str, ...]]:
    left_out = {field.name for field in dataclasses.fields(without)} if without else set()
    return [
        (flag(field), variable(field), default_text(field), help_text(field))
        for field in dataclasses.fields(table)
        if field.name not in left_out
    ]


def test_the_settings_are_those_of_the_services() -> None:
    assert shown("Settings") == rows_of(EchoSettings)
    assert shown("Settings of the service that dubs") == rows_of(FullSettings, without=ServerSettings)


async def test_the_http_side_answers_as_shown() -> None:
    rows, _ = section(SERVICE_README, "Health, readiness, metrics").tables()
    assert [row["path"] for row in rows] == ["/health", "/ready"]
    async with EchoServer() as echo:
        for row in rows:
            answer = await request(echo.url + row["path"])
            assert (str(answer.status), answer.text.strip()) == (row["status"], row["answer"])


async def test_the_metrics_are_those_of_the_service() -> None:
    _, rows = section(SERVICE_README, "Health, readiness, metrics").tables()
    async with EchoServer() as echo, worker(echo.url) as client:
        await client.init()
        await client.round_trip(0)
        await client.refused(0, "again")
        page = (await request(f"{echo.url}/metrics")).text
        families = set(re.findall(r"^# TYPE (\S+) ", page, re.MULTILINE))
        assert {row["metric"] for row in rows} == {name for name in families if not name.endswith("_created")}
        for row in rows:
            series = re.findall(rf"^{row['metric']}(?:_bucket)?{{(.*)}} ", page, re.MULTILINE)
            labels = {name for labels in series for name in re.findall(r"(\w+)=", labels)} - {"le"}
            named = {name for name in row["labels"].split(", ") if name}
            assert labels == named or not series, row["metric"]


def test_a_gpu_has_the_label_that_is_told() -> None:
    metrics = Metrics()
    metrics.gpu_utilization.labels(device="0").set(1)
    metrics.gpu_memory.labels(device="0").set(1)
    page = metrics.exposition({}, 0).decode()
    _, rows = section(SERVICE_README, "Health, readiness, metrics").tables()
    told = {row["metric"]: row["labels"] for row in rows if "gpu" in row["metric"]}
    assert dict(re.findall(r"^(sts_gpu_\w+){(\w+)=", page, re.MULTILINE)) == told


async def test_the_stages_of_ready_are_as_told() -> None:
    told = [name for name, _ in shown("Readiness of a stage")]
    # Only an engine beyond the test engines has a trial, and so a factor.
    tried = transcriber(None, home="loop")
    tried = dataclasses.replace(tried, card=dataclasses.replace(tried.card, kind="embedded"))
    async with studio({**engines(), "asr": tried}) as here:
        stages = here.processor.readiness().detail["engines"]
    assert list(stages) == ["asr", "translation", "tts"]
    assert set(stages["asr"]) == set(told)
    assert set(stages["tts"]) == set(told) - {"real_time_factor"}


async def test_what_a_result_tells_beyond_the_protocol_is_told() -> None:
    told = {row["field"] for row in section(SERVICE_README, "Answers").tables()[2]}
    async with studio(engines()) as here:
        stream = here.open()
        result = await stream.process(fragment(0, audio(spoken()), pts_ns=0))
        stream.close()
    assert result.metadata is not None
    metadata = result.metadata.to_wire()
    found = {f"assets[].{name}" for asset in metadata["assets"] for name in asset}
    found |= {f"segments[].{name}" for segment in metadata["segments"] for name in segment}
    found |= metadata.keys()
    known = {*ResultMetadata.model_fields, "assets", *(f"segments[].{name}" for name in Segment.model_fields)}
    assert found - known == told


async def test_the_sample_log_line_looks_like_a_real_one() -> None:
    (block,) = section(SERVICE_README, "Logs").blocks("json")
    (shown,) = map(json.loads, block.lines)
    async with running() as service:
        async with worker(service.url) as client:
            await client.init()
            await client.round_trip(0)
        service.process.terminate()
        assert await service.exit_status() == 0
    lines = [json.loads(line) for line in service.log]
    (real,) = [line for line in lines if line["message"] == shown["message"]]
    assert list(real) == list(shown)
    constant = {"level", "logger", "status", "sequence_number"}
    assert {name: real[name] for name in constant} == {name: shown[name] for name in constant}


@pytest.mark.parametrize("room", ["server", "echo", "full"])
def test_every_module_of_a_room_is_named(room: str) -> None:
    (rows,) = [rows for rows in section(SERVICE_README, "The rooms").tables() if f"{room}/" in rows[0]]
    modules = {path.stem for path in (SERVICE / room).glob("*.py")} - {"__init__", "__main__"}
    assert {row[f"{room}/"] for row in rows} == modules


def test_every_room_is_named() -> None:
    *_, rows = section(SERVICE_README, "The rooms").tables()
    rooms = {path.parent.name for path in SERVICE.glob("*/__init__.py")} - {"server", "echo", "full"}
    assert {row["around them"].rstrip("/") for row in rows} == rooms
