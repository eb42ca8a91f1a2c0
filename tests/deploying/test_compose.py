"""deploy/docker-compose.yml is a compose file, and what it says fits the tree."""

import re
from pathlib import Path

import pytest
import yaml
from compose_spec import PyCompose
from docs.page import TREE
from livedub.settings.env_example import variables as settings
from media_service.orchestrator.settings import load

from deploying.compose import FILE, NEEDED, environments, services, text, variables
from deploying.dockerfile import DEPLOY

IMAGES_OF_OTHERS = {"prometheus", "grafana"}
OF_THE_HOOK = {"LIVEDUB_URL", "LIVEDUB_HOOK_TOKEN"}


def strict(words: str) -> None:
    """Raises `ValueError`. Of what YAML merges, only the sum is looked at."""
    merged = yaml.safe_dump({key: value for key, value in yaml.safe_load(words).items() if key[:2] != "x-"})
    PyCompose.from_yaml(merged).validate()


def test_it_is_a_compose_file() -> None:
    strict(text())


@pytest.mark.parametrize(
    ("right", "wrong"),
    [
        ("restart: unless-stopped", "restrat: unless-stopped"),
        ("secrets: [livedub_token]", "secrets: [another]"),
        ("networks: [inside]", "networks: [outside]"),
        ("stop_grace_period: 45s", "stop_grace_period: soon"),
    ],
)
def test_what_is_wrong_in_it_would_be_found(right: str, wrong: str) -> None:
    assert right in text()
    with pytest.raises(ValueError, match=r"\w"):
        strict(text().replace(right, wrong))


@pytest.mark.parametrize("missing", NEEDED)
def test_nothing_starts_without_the_keys(missing: str) -> None:
    with pytest.raises(LookupError, match=f"{missing}: set it in deploy/.env"):
        text({**NEEDED, missing: ""})


def test_every_variable_is_a_setting() -> None:
    assert variables() == NEEDED.keys()
    assert variables() <= settings().keys()
    for name, environment in environments().items():
        if name in IMAGES_OF_OTHERS:
            continue
        known = OF_THE_HOOK if name == "mediamtx" else settings().keys()
        assert environment.keys() <= known, name


def test_every_image_of_ours_is_built_from_a_file_here_and_every_other_is_pinned() -> None:
    built = set()
    for name, service in services().items():
        if name in IMAGES_OF_OTHERS:
            assert re.fullmatch(r"[a-z/]+:v?\d+\.\d+\.\d+", service["image"])
            continue
        file = (FILE.parent / service["build"]["context"]).resolve() / service["build"]["dockerfile"]
        assert f"--tag {service['image']} ." in file.read_text("utf-8")
        built.add(file)
    assert built == set(DEPLOY.glob("*.Dockerfile"))


def test_what_is_mounted_is_here() -> None:
    declared = yaml.safe_load(text())["volumes"]
    mounts = [mount for service in services().values() for mount in service.get("volumes", [])]
    assert len(mounts) > 8
    for source, *_ in (mount.split(":") for mount in mounts):
        assert (FILE.parent / source).exists() if source.startswith(".") else source in declared, source


def test_nothing_is_published_beyond_this_machine() -> None:
    ports = [port for service in services().values() for port in service.get("ports", [])]
    assert len(ports) > 5
    assert all(port.startswith("127.0.0.1:") for port in ports)


@pytest.mark.parametrize("name", services())
def test_a_container_may_do_little(name: str) -> None:
    service = services()[name]
    assert service["read_only"]
    assert service["cap_drop"] == ["ALL"]
    assert service["security_opt"] == ["no-new-privileges:true"]
    (scratch,) = service["tmpfs"]
    assert re.fullmatch(r"/tmp:size=\d+m,mode=1777", scratch)
    assert service["restart"] == "unless-stopped"
    assert not service.keys() & {"privileged", "network_mode", "pid"}


@pytest.mark.parametrize("name", services())
def test_a_container_cannot_take_the_whole_machine(name: str) -> None:
    service = services()[name]
    assert 0 < service["pids_limit"] <= 4096
    assert re.fullmatch(r"\d+[gm]", service["mem_limit"])
    assert 0 < service["cpus"] <= 4


@pytest.mark.parametrize("name", services())
def test_its_health_is_asked_for_and_it_is_not_root(name: str) -> None:
    """Our images say both themselves, and tests of theirs hold them to it."""
    service = services()[name]
    if name not in IMAGES_OF_OTHERS:
        assert "build" in service
        assert not service.keys() & {"user", "healthcheck"}
        return
    assert re.fullmatch(r"[1-9]\d*:\d+", service["user"])
    address = service["healthcheck"]["test"][-1]
    ports = {port.split(":")[2] for port in service["ports"]}
    assert re.findall(r"127\.0\.0\.1:(\d+)/", address) == list(ports)


def test_what_the_workers_need_is_there_before_them_and_after_them() -> None:
    """Compose stops in the reverse order: what they play out is still taken."""
    assert services()["orchestrator"]["depends_on"] == {"mediamtx": {"condition": "service_healthy"}}


def test_the_orchestrator_takes_its_settings() -> None:
    told = load([], environments()["orchestrator"])
    mediamtx = yaml.safe_load((DEPLOY / "mediamtx.yml").read_text("utf-8"))
    assert told.mediamtx_api == f"http://mediamtx{mediamtx['apiAddress']}"
    assert told.input_of("a") == f"rtmp://mediamtx{mediamtx['rtmpAddress']}/live/a/in"
    assert told.token == NEEDED["LIVEDUB_TOKEN"]
    stop_s = float(services()["orchestrator"]["stop_grace_period"].removesuffix("s"))
    assert stop_s > told.stop_s + 10


def test_any_one_speech_service_is_found_by_the_same_name_and_key() -> None:
    speech = {name: service for name, service in services().items() if "profiles" in service}
    assert {service["profiles"][0] for service in speech.values()} == {"cpu", "gpu", "echo"}
    orchestrator = environments()["orchestrator"]
    for name, service in speech.items():
        assert service["networks"]["inside"]["aliases"] == ["sts"]
        told = environments()[name]
        assert orchestrator["LIVEDUB_STS_SERVICE_URL"] == f"http://sts:{told['PORT']}"
        assert orchestrator["LIVEDUB_STS_API_KEY"] == told["STS_API_KEY"]


def test_the_file_of_keys_is_kept_out_of_the_tree() -> None:
    ignored = (TREE / ".gitignore").read_text("utf-8").splitlines()
    assert Path(".env").name in ignored
