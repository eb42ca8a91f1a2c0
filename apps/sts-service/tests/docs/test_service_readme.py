"""apps/sts-service/README.md says what is so: settings, answers, metrics, log lines, rooms."""

import dataclasses
import json
import re

import pytest
from service_kit.settings import variable
from sts_service.echo import EchoServer, EchoSettings
from wire.http import request
from wire.service import running
from wire.sio_client import worker

from docs.page import SERVICE_README, TREE, section

SERVICE = TREE / "apps/sts-service/sts_service"


def test_the_settings_are_those_of_the_service() -> None:
    told = [tuple(row.values()) for row in section(SERVICE_README, "Settings").table()]
    assert told == [
        (
            "--" + field.name.replace("_", "-"),
            variable(field),
            "unset" if field.default is None else str(field.default),
            field.metadata["help"] + _choices(field.metadata["choices"]),
        )
        for field in dataclasses.fields(EchoSettings)
    ]


def _choices(choices: tuple[str, ...] | None) -> str:
    return f" ({', '.join(choices)})" if choices else ""


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


@pytest.mark.parametrize("room", ["server", "echo"])
def test_every_module_of_a_room_is_named(room: str) -> None:
    (rows,) = [rows for rows in section(SERVICE_README, "The rooms").tables() if f"{room}/" in rows[0]]
    modules = {path.stem for path in (SERVICE / room).glob("*.py")} - {"__init__", "__main__"}
    assert {row[f"{room}/"] for row in rows} == modules
