"""Every metric that the dashboard and the alerts ask for exists, and the alerts say what they should."""

import json
import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml
from docs.page import TREE, section, sections

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
        # Names within braces are labels' and their values'.
        asked = _NAME.findall(re.sub(r"\{[^}]*\}", "{}", re.sub(r"(by|ignoring) \([^)]*\)", "", query)))
        assert asked, query
        assert set(asked) <= known, query


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


def test_every_alert_is_tested_and_explained() -> None:
    names = [rule["alert"] for rule in RULES]
    tested = (PROMETHEUS / "alerts_test.yml").read_text("utf-8")
    assert [name for name in names if f'alertname="{name}"' not in tested] == []
    explained = section(TREE / "docs/operations.md", "Alerts").table()
    assert [row["alert"] for row in explained] == names
    severities = {rule["alert"]: rule["labels"]["severity"] for rule in RULES}
    assert {row["alert"]: row["severity"] for row in explained} == severities


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
