"""Every setting of every service: where its value comes from, and what is said of a wrong one."""

import dataclasses
import math
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest
from service_kit.settings import SettingError, variable
from sts_service.echo import EchoSettings
from sts_service.echo.settings import simulation_of
from sts_service.server.flow import Thresholds
from sts_service.server.settings import ServerSettings

HIDDEN = "hunter2-hunter2"

Row = dataclasses.Field  # a row of the table
ROWS = dataclasses.fields(EchoSettings)
NUMBERS = [row for row in ROWS if row.metadata["kind"] in (int, float)]
BOUNDED = [
    (row, bound, step)
    for row in NUMBERS
    for bound, step in (("at_least", -1), ("at_most", 1))
    if row.metadata[bound] is not None
]
CHOICES = [row for row in ROWS if row.metadata["choices"]]


def name(row: Any) -> str:
    return str(row.name) if hasattr(row, "metadata") else str(row)


def flag(row: "Row[Any]") -> str:
    return "--" + row.name.replace("_", "-")


def load(arguments: Sequence[str] = (), environ: Mapping[str, str] | None = None) -> EchoSettings:
    return EchoSettings.load(arguments, environ or {}, prog="echo", description="the echo service")


def other(row: "Row[Any]") -> str:
    """A good value that is not the default."""
    special = {
        "host": "0.0.0.0",
        "sts_api_key": HIDDEN,
        "backpressure_threshold_low": "2",
        "backpressure_threshold_critical": "11",
        "echo_backpressure_threshold_low": "2",
        "echo_backpressure_threshold_medium": "5",
        "echo_backpressure_threshold_high": "8",
        "echo_backpressure_threshold_critical": "12",
        "echo_simulation": '{"enabled": false}',
        "trace_endpoint": "http://traces.example:4318",
        "trace_ratio": "0.5",
    }
    if row.name in special:
        return special[row.name]
    if row.metadata["choices"]:
        return str(next(choice for choice in row.metadata["choices"] if choice != row.default))
    default: Any = row.default
    return str(default + 1)


@pytest.mark.parametrize("row", ROWS, ids=name)
def test_every_setting_has_a_default_that_is_allowed_a_help_and_a_variable(row: "Row[Any]") -> None:
    assert getattr(EchoSettings(), row.name) == row.default
    assert row.metadata["help"]
    assert row.metadata["help"][0].islower()
    assert variable(row) == row.name.upper()
    assert row.metadata["kind"] in (int, float, str)


def test_help_shows_every_setting_with_its_variable_and_default(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as exit_:
        load(["--help"])
    assert exit_.value.code == 0
    shown = " ".join(capsys.readouterr().out.split())
    for row in ROWS:
        default = "unset" if row.default is None else row.default
        assert flag(row) in shown
        assert f"[{variable(row)}, default {default}]" in shown
        assert row.metadata["help"] in shown


@pytest.mark.parametrize("row", ROWS, ids=name)
def test_a_flag_beats_the_variable_and_the_variable_beats_the_default(row: "Row[Any]") -> None:
    wanted = row.metadata["kind"](other(row))
    default = "" if row.default is None else str(row.default)
    assert wanted != row.default
    assert getattr(load(), row.name) == row.default
    assert getattr(load(environ={variable(row): other(row)}), row.name) == wanted
    assert getattr(load([flag(row), other(row)], {variable(row): default}), row.name) == wanted
    assert getattr(load([f"{flag(row)}={other(row)}"], {variable(row): "wrong"}), row.name) == wanted


@pytest.mark.parametrize("row", ROWS, ids=name)
def test_an_empty_variable_is_an_unset_one(row: "Row[Any]") -> None:
    assert getattr(load(environ={variable(row): ""}), row.name) == row.default


@pytest.mark.parametrize("row", NUMBERS, ids=name)
@pytest.mark.parametrize("value", ["many", "1 000", "0x10", "1,5", "nan" * 2])
def test_what_is_no_number_is_refused_by_the_name_it_was_given_under(row: "Row[Any]", value: str) -> None:
    with pytest.raises(SettingError, match=rf"^{variable(row)}: .*is not a"):
        load(environ={variable(row): value})
    with pytest.raises(SettingError, match=rf"^{flag(row)}: .*is not a"):
        load([f"{flag(row)}={value}"])


@pytest.mark.parametrize("row", [row for row in NUMBERS if row.metadata["kind"] is float], ids=name)
@pytest.mark.parametrize("value", ["nan", "inf", "-inf"])
def test_a_time_is_finite(row: "Row[Any]", value: str) -> None:
    assert not math.isfinite(float(value))
    with pytest.raises(SettingError, match=rf"^{variable(row)}: "):
        load(environ={variable(row): value})


@pytest.mark.parametrize(("row", "bound", "step"), BOUNDED, ids=name)
def test_a_value_out_of_bounds_is_refused_by_name(row: "Row[Any]", bound: str, step: int) -> None:
    beyond = row.metadata["kind"](row.metadata[bound] + step)
    problem = {"at_least": "below", "at_most": "above"}[bound]
    with pytest.raises(SettingError, match=rf"^{variable(row)}: .* is {problem} "):
        load(environ={variable(row): str(beyond)})
    with pytest.raises(SettingError, match=rf"^{variable(row)}: "):
        EchoSettings(**{row.name: beyond})


@pytest.mark.parametrize("row", NUMBERS, ids=name)
def test_every_number_has_a_lower_bound(row: "Row[Any]") -> None:
    assert row.metadata["at_least"] is not None
    assert row.metadata["at_least"] >= 0


@pytest.mark.parametrize("row", CHOICES, ids=name)
def test_a_choice_is_one_of_those_named(row: "Row[Any]") -> None:
    with pytest.raises(
        SettingError, match=rf"^{variable(row)}: 'loud' is none of {row.metadata['choices'][0]}"
    ):
        load(environ={variable(row): "loud"})
    for choice in row.metadata["choices"]:
        assert getattr(load(environ={variable(row): choice}), row.name) == choice


@pytest.mark.parametrize(
    "levels", [(4, 4, 7, 10), (1, 7, 7, 10), (1, 8, 7, 10), (1, 4, 11, 10), (5, 4, 7, 10)]
)
@pytest.mark.parametrize("prefix", ["BACKPRESSURE_THRESHOLD", "ECHO_BACKPRESSURE_THRESHOLD"])
def test_thresholds_must_rise(levels: tuple[int, ...], prefix: str) -> None:
    names = ("LOW", "MEDIUM", "HIGH", "CRITICAL")
    environ = {f"{prefix}_{level}": str(count) for level, count in zip(names, levels, strict=True)}
    with pytest.raises(SettingError, match=rf"^{prefix}_\*: LOW < MEDIUM < HIGH <= CRITICAL"):
        load(environ=environ)


def test_limits_are_those_of_the_settings() -> None:
    limits = load(["--fragment-max-bytes=2000", "--fragment-rate-per-min=7", "--auto-disconnect-delay-s=1"])
    assert (limits.limits.fragment_max_bytes, limits.limits.fragment_rate_per_min) == (2000, 7)
    assert limits.limits.auto_disconnect_delay_s == 1.0
    assert limits.limits.thresholds == Thresholds()


def test_echo_pretends_other_thresholds_where_told_to() -> None:
    settings = load(["--echo-backpressure-threshold-medium=2", "--echo-backpressure-threshold-high=3"])
    assert settings.limits.thresholds == Thresholds(low=1, medium=2, high=3, cap=10)


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("{", "is neither JSON nor the path of a JSON file"),
        ("no/such/file.json", "cannot be read: No such file or directory"),
        (".", "cannot be read: Is a directory"),
        ("{}", "enabled: Field required"),
        ('{"enabled": true, "rules": [{}]}', "rules.0.trigger: Field required"),
        (
            '{"enabled": true, "rules": [{"trigger": "nth_fragment", "value": 0, "kind": "drop"}]}',
            "rules.0: value must be at least 1",
        ),
    ],
)
def test_a_simulation_that_cannot_be_meant_is_refused_in_one_line(text: str, problem: str) -> None:
    with pytest.raises(SettingError) as wrong:
        load([f"--echo-simulation={text}"])
    assert str(wrong.value) == f"ECHO_SIMULATION: {problem}"


def test_a_simulation_is_given_as_a_file_or_as_itself(tmp_path: Path) -> None:
    text = '{"enabled": true, "rules": [{"trigger": "nth_fragment", "value": 2, "kind": "drop"}]}'
    file = tmp_path / "faults.json"
    file.write_text(text)
    for given in (text, f" {text}", str(file)):
        (rule,) = simulation_of(load(environ={"ECHO_SIMULATION": given}).echo_simulation or "").rules
        assert (rule.trigger, rule.value, rule.kind) == ("nth_fragment", 2, "drop")
    file.write_bytes(b"\xff\xfe{}")
    with pytest.raises(SettingError, match=r"^ECHO_SIMULATION: is neither"):
        load([f"--echo-simulation={file}"])


def test_the_page_s_numbers_are_the_defaults() -> None:
    settings = ServerSettings()
    assert settings.limits.thresholds == Thresholds(low=1, medium=4, high=7, cap=10)
    assert settings.fragment_max_bytes == 10 * 1024 * 1024
    assert (settings.ws_max_connections, settings.ws_connect_rate_per_s) == (100, 50)
    assert (settings.fragment_rate_per_min, settings.auto_disconnect_delay_s) == (600, 5.0)
    assert settings.idle_timeout_s == 60.0
    assert settings.sts_api_key is None


def test_a_setting_that_does_not_exist_is_refused() -> None:
    with pytest.raises(SettingError, match="--no-such-setting"):
        load(["--no-such-setting=1"])


def test_the_key_is_never_shown() -> None:
    settings = load(environ={"STS_API_KEY": HIDDEN})
    assert settings.sts_api_key == HIDDEN
    assert HIDDEN not in repr(settings) + str(settings)
    with pytest.raises(SettingError) as wrong:
        load(["--port=none"], {"STS_API_KEY": HIDDEN})
    assert HIDDEN not in str(wrong.value)


def test_an_empty_key_is_refused_by_name() -> None:
    with pytest.raises(SettingError, match=r"^STS_API_KEY: is empty"):
        load(["--sts-api-key="])
