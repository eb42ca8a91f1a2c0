"""deploy/mediamtx.yml lets publishers in where the orchestrator looks, and calls the hook."""

import re
from typing import Any

import pytest
import yaml
from media_service.orchestrator.settings import OrchestratorSettings

from deploying.dockerfile import DEPLOY, stages

TOLD: dict[str, Any] = yaml.safe_load((DEPLOY / "mediamtx.yml").read_text("utf-8"))
SETTINGS = OrchestratorSettings(sts_service_url="http://127.0.0.1:8000")
(PATH,) = TOLD["paths"]


def allowed(path: str) -> bool:
    publish = TOLD["authInternalUsers"][0]["permissions"][0]
    assert publish["action"] == "publish"
    return all(re.search(pattern.removeprefix("~"), path) for pattern in (PATH, publish["path"]))


@pytest.mark.parametrize("stream_id", ["match-1", "a_b", "X" * 64])
def test_what_the_orchestrator_reads_and_sends_may_be_published(stream_id: str) -> None:
    for url in (SETTINGS.input_of(stream_id), SETTINGS.output_of(stream_id)):
        assert allowed(url.partition(":1935/")[2])
    assert SETTINGS.ingest_path == "live/{id}/in"


@pytest.mark.parametrize(
    "path", ["live/a", "live/a/b/in", "live/../in", "xlive/a/in", "live/a/in/x", "live/a b/in"]
)
def test_nothing_else_may(path: str) -> None:
    assert not allowed(path)


def test_both_hooks_are_verbs_of_the_script_that_the_image_holds() -> None:
    script = (DEPLOY / "mediamtx-hook").read_text("utf-8")
    hooks = {key: TOLD["pathDefaults"][key].split() for key in ("runOnReady", "runOnNotReady")}
    assert {key: told[0] for key, told in hooks.items()} == dict.fromkeys(hooks, "mediamtx-hook")
    assert re.findall(r"^#   (runOn\w+): \S+ (\S+)$", script, re.MULTILINE) == [
        (key, told[1]) for key, told in hooks.items()
    ]
    copies = [copy.words for copy in stages(DEPLOY / "mediamtx.Dockerfile")[-1].all("COPY")]
    assert "deploy/mediamtx-hook /usr/local/bin/mediamtx-hook" in copies


def test_the_ports_that_the_image_and_the_documentation_name_are_those_of_the_file() -> None:
    (exposed,) = stages(DEPLOY / "mediamtx.Dockerfile")[-1].all("EXPOSE")
    ports = [TOLD[f"{server}Address"].lstrip(":") for server in ("rtmp", "rtsp", "hls", "srt")]
    assert exposed.words.replace("/udp", "").split() == ports


def test_the_api_is_for_private_addresses_only() -> None:
    (api,) = [user for user in TOLD["authInternalUsers"] if {"action": "api"} in user["permissions"]]
    assert api["ips"]
    assert "0.0.0.0/0" not in api["ips"]
