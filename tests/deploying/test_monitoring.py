"""Every metric that the dashboard and the alerts ask for exists, and the alerts say what they should."""

import json
import re
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from docs.page import TREE, Section, section, sections
from grafana_foundation_sdk.cog.encoder import JSONEncoder
from grafana_foundation_sdk.cog.plugins import register_default_plugins
from grafana_foundation_sdk.models.dashboard import Dashboard
from media_service.metrics import WorkerMetrics
from media_service.orchestrator.metrics import OrchestratorMetrics
from sts_service.echo import EchoServer
from wire.http import request

from deploying.compose import services
from deploying.dockerfile import DEPLOY

PROMETHEUS = DEPLOY / "prometheus"
DASHBOARD: dict[str, Any] = json.loads((DEPLOY / "grafana/dashboards/livedub.json").read_text("utf-8"))
RULES: list[dict[str, Any]] = yaml.safe_load((PROMETHEUS / "alerts.yml").read_text("utf-8"))["groups"][0][
    "rules"
]
PROMTOOL = shutil.which("promtool") or shutil.which("promtool", path=str(TREE / ".venv/bin"))
OF_PROMETHEUS = {"ALERTS", "up"}
OF_A_TARGET = {"stream_id", "job", "instance", "le", "alertstate", "alertname"}
_NAME = re.compile(r"\b(?:worker|livedub|sts)_[a-z_]+\b|\bALERTS\b|\bup\b(?=\{)")
NAMES = [rule["alert"] for rule in RULES]
RUNBOOK = "docs/operations.md"
_FAMILY = re.compile(r"^# TYPE (\S+) (\S+)$", re.MULTILINE)
_SELECTED = re.compile(r"(\w+)\{([^}]*)\}")


def told() -> dict[str, tuple[set[str], bool]]:
    """Labels of each metric, and whether it is a histogram, as the READMEs tell (whose tables are tested)."""
    found = {}
    for page in TREE.glob("apps/*/README.md"):
        for table in sections(page)[0].tables():
            for row in table:
                if {"metric", "labels"} <= row.keys():
                    labels = {label for label in row["labels"].split(", ") if label}
                    found[row["metric"]] = (labels, row["tells"].startswith("histogram"))
    return found


def queries() -> list[str]:
    panels = [target["expr"] for panel in DASHBOARD["panels"] for target in panel.get("targets", [])]
    return panels + [rule["expr"] for rule in RULES]


def series() -> dict[str, set[str]]:
    """Every name that a query may ask for, and its labels."""
    names = {}
    for name, (labels, is_histogram) in told().items():
        for part in ("_bucket", "_sum", "_count") if is_histogram else ("",):
            names[name + part] = labels | OF_A_TARGET
    return {**names, **dict.fromkeys(OF_PROMETHEUS, OF_A_TARGET)}


def test_every_query_asks_for_metrics_that_exist() -> None:
    known = series().keys()
    for query in queries():
        asked = asked_for(query)
        assert asked, query
        assert asked <= known, query


def asked_for(query: str) -> set[str]:
    """The metrics. Names within braces are labels' and their values'."""
    return set(_NAME.findall(re.sub(r"\{[^}]*\}", "{}", re.sub(r"(by|on|ignoring) \([^)]*\)", "", query))))


async def test_what_is_asked_for_stands_in_what_the_processes_answer(tmp_path: Path) -> None:
    orchestrator = OrchestratorMetrics()
    orchestrator.watch(lambda: {"dubbing": 1}, tmp_path)
    async with EchoServer() as echo:
        answer = await request(f"{echo.url}/metrics")
    pages = (WorkerMetrics().page().decode(), orchestrator.page().decode(), answer.text)
    given = set(OF_PROMETHEUS)
    for name, kind in _FAMILY.findall("".join(pages)):
        given |= {f"{name}_{part}" for part in ("bucket", "sum", "count")} if kind == "histogram" else {name}
    assert {name for query in queries() for name in asked_for(query)} <= given
    assert len(given) > 60


def test_every_query_selects_by_labels_that_the_metric_has() -> None:
    known = series()
    selected = [(query, *found) for query in queries() for found in _SELECTED.findall(query)]
    assert len(selected) > 20
    for query, name, matchers in selected:
        assert set(re.findall(r"(\w+)(?:=|!=|=~|!~)", matchers)) <= known[name], query


def test_every_metric_is_on_the_dashboard() -> None:
    shown = " ".join(query for query in queries())
    assert [name for name in told() if name not in shown] == []


def test_the_panels_have_an_order_and_a_source() -> None:
    panels = DASHBOARD["panels"]
    assert len({panel["id"] for panel in panels}) == len(panels)
    provided = yaml.safe_load((DEPLOY / "grafana/provisioning/datasources/prometheus.yml").read_text("utf-8"))
    uid = provided["datasources"][0]["uid"]
    assert {panel["datasource"]["uid"] for panel in panels if "datasource" in panel} == {uid}
    cells = [(panel["gridPos"]["y"], x) for panel in panels for x in _columns(panel)]
    assert len(set(cells)) == len(cells)


def _columns(panel: dict[str, Any]) -> range:
    place = panel["gridPos"]
    return range(place["x"], place["x"] + place["w"])


def test_the_provisioned_folders_are_those_that_are_mounted() -> None:
    provider = yaml.safe_load((DEPLOY / "grafana/provisioning/dashboards/livedub.yml").read_text("utf-8"))
    mounted = [volume.split(":")[1] for volume in services()["grafana"]["volumes"]]
    assert provider["providers"][0]["options"]["path"] in mounted


def test_prometheus_asks_the_services_of_the_compose_file() -> None:
    config = yaml.safe_load((PROMETHEUS / "prometheus.yml").read_text("utf-8"))
    hosts = {
        target.partition(":")[0]
        for job in config["scrape_configs"]
        for group in job.get("static_configs", [])
        for target in group["targets"]
    }
    assert hosts == {"orchestrator", "sts"}
    assert {rule for name in config["rule_files"] for rule in [PROMETHEUS / name] if rule.exists()}
    jobs = {job["job_name"] for job in config["scrape_configs"]}
    asked = set(re.findall(r'job="(\w+)"', " ".join(rule["expr"] for rule in RULES)))
    assert asked <= jobs


def test_every_alert_is_tested() -> None:
    tested = (PROMETHEUS / "alerts_test.yml").read_text("utf-8")
    assert [name for name in NAMES if f'alertname="{name}"' not in tested] == []


def test_the_alerts_of_the_page_are_those_of_the_rules() -> None:
    explained = next(iter(section(TREE / RUNBOOK, "Alerts").tables()))
    assert [(row["alert"], row["severity"]) for row in explained] == [
        (rule["alert"], rule["labels"]["severity"]) for rule in RULES
    ]
    assert [found.title for found in runbook()] == NAMES


def runbook() -> list[Section]:
    """The sections that belong to alerts."""
    found = sections(TREE / RUNBOOK)
    (start,) = (at for at, each in enumerate(found) if each.title == "Alerts")
    end = next(at for at, each in enumerate(found) if at > start and each.level <= found[start].level)
    return found[start + 1 : end]


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: str(rule["alert"]))
def test_an_alert_leads_to_its_section_which_says_what_to_do(rule: dict[str, Any]) -> None:
    page, _, anchor = rule["annotations"]["runbook"].partition("#")
    assert page == RUNBOOK
    (found,) = (each for each in runbook() if each.title.lower() == anchor)
    assert found.title == rule["alert"]
    told = re.findall(r"^- \*\*(\w+)\*\*: (.+)", "\n".join(found.lines), re.MULTILINE)
    assert [word for word, _ in told] == ["Means", "See", "Do"]
    assert rule["annotations"]["summary"]


def test_a_panel_that_an_alerts_section_names_is_on_the_dashboard() -> None:
    titles = [panel["title"] for panel in DASHBOARD["panels"]]
    named = {
        name
        for found in runbook()
        for name in re.findall(r"[Pp]anel \"([^\"]+)\"", " ".join("\n".join(found.lines).split()))
    }
    assert len(named) >= 8
    assert [name for name in sorted(named) if not any(title.startswith(name) for title in titles)] == []


def test_grafana_knows_every_word_of_the_dashboard() -> None:
    """Read and written again by Grafana's own types, nothing of it is lost."""
    register_default_plugins()
    again = json.loads(JSONEncoder(sort_keys=True).encode(Dashboard.from_json(DASHBOARD)))
    assert list(_lost(DASHBOARD, again)) == []
    assert list(_lost({**DASHBOARD, "pannels": []}, again)) == [".pannels"]


def _lost(given: Any, again: Any, path: str = "") -> Iterator[str]:
    if isinstance(given, dict):
        for key, value in given.items():
            if isinstance(again, dict) and key in again:
                yield from _lost(value, again[key], f"{path}.{key}")
            else:
                yield f"{path}.{key}"
    elif isinstance(given, list) and isinstance(again, list) and len(given) == len(again):
        for at, value in enumerate(given):
            yield from _lost(value, again[at], f"{path}[{at}]")
    elif given != again:
        yield path


@pytest.mark.slow
@pytest.mark.skipif(PROMTOOL is None, reason="scripts/setup-promtool brings it, in `make test-all`")
def test_prometheus_can_read_every_query_of_the_dashboard(tmp_path: Path) -> None:
    rules = [
        {"record": f"panel:{at}", "expr": query.replace("$stream", ".*")}
        for at, query in enumerate(queries())
    ]
    (tmp_path / "panels.yml").write_text(yaml.safe_dump({"groups": [{"name": "panels", "rules": rules}]}))
    done = subprocess.run(
        [str(PROMTOOL), "check", "rules", str(tmp_path / "panels.yml")],
        capture_output=True,
        text=True,
        timeout=50,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert f"{len(rules)} rules found" in done.stdout


@pytest.mark.slow
@pytest.mark.skipif(PROMTOOL is None, reason="scripts/setup-promtool brings it, in `make test-all`")
@pytest.mark.parametrize(
    "asked",
    [
        ("check", "rules", "alerts.yml"),
        ("check", "config", "--syntax-only", "prometheus.yml"),
        ("test", "rules", "alerts_test.yml"),
    ],
    ids=" ".join,
)
def test_promtool_agrees(asked: tuple[str, ...]) -> None:
    done = subprocess.run([str(PROMTOOL), *asked], cwd=PROMETHEUS, capture_output=True, text=True, timeout=50)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "SUCCESS" in done.stdout + done.stderr


@pytest.mark.slow
@pytest.mark.skipif(PROMTOOL is None, reason="scripts/setup-promtool brings it, in `make test-all`")
def test_promtool_finds_a_rule_that_says_nothing(tmp_path: Path) -> None:
    folder = shutil.copytree(PROMETHEUS, tmp_path / "prometheus")
    rules = folder / "alerts.yml"
    rules.write_text(
        rules.read_text().replace("worker_sts_breaker_state == 2", "worker_sts_breaker_state == 3")
    )
    done = subprocess.run(
        [str(PROMTOOL), "test", "rules", "alerts_test.yml"],
        cwd=folder,
        capture_output=True,
        text=True,
        timeout=50,
    )
    assert done.returncode != 0
