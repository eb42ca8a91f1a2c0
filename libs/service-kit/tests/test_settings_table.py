"""Where a setting's value comes from, and what is said of a wrong one."""

import dataclasses
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

import pytest
from service_kit.settings import (
    SettingError,
    Settings,
    default_text,
    flag,
    help_text,
    name_of,
    required,
    setting,
    variable,
)

HIDDEN = "hunter2-hunter2"


@dataclass(frozen=True, kw_only=True)
class Relay(Settings):
    """A table with a row of every kind."""

    PREFIX: ClassVar[str] = "RELAY_"

    input_url: str = required("where it comes from")
    output_url: str = required("where it goes to")
    port: int = setting(8000, "port to listen on", at_least=0, at_most=65535)
    delay_s: float = setting(6.0, "seconds to wait", at_least=0.1, at_most=30)
    mode: str = setting("copy", "what to do", choices=("copy", "dub"))
    realtime: bool = setting(True, "keep to the clock")
    loud: bool = setting(False, "make noise")
    api_key: str | None = setting(None, "token", secret=True)
    pin: int | None = setting(None, "a number that nobody sees", secret=True, kind=int)


ROWS = {row.name: row for row in dataclasses.fields(Relay)}
BOTH_URLS = {"RELAY_INPUT_URL": "a", "RELAY_OUTPUT_URL": "b"}


def load(
    arguments: Sequence[str] = (), environ: Mapping[str, str] | None = None, examples: Sequence[str] = ()
) -> Relay:
    variables = {**BOTH_URLS, **(environ or {})}
    return Relay.load(arguments, variables, prog="relay", description="Relays.", examples=examples)


def test_a_variable_has_the_prefix_and_a_flag_does_not() -> None:
    assert variable(ROWS["delay_s"], Relay.PREFIX) == "RELAY_DELAY_S"
    assert flag(ROWS["delay_s"]) == "--delay-s"
    assert load(environ={"RELAY_PORT": "1", "PORT": "2"}).port == 1
    assert load(environ={"PORT": "2"}).port == 8000


def test_a_prefix_is_not_said_twice() -> None:
    @dataclass(frozen=True, kw_only=True)
    class Twice(Settings):
        PREFIX: ClassVar[str] = "RELAY_"

        relay_id: str | None = setting(None, "names the relay")

    twice = Twice.load([], {"RELAY_ID": "r-1"}, prog="relay", description="")
    assert twice.relay_id == "r-1"
    assert Twice.load(["--relay-id=r-2"], {}, prog="relay", description="").relay_id == "r-2"


def test_a_flag_beats_the_variable_and_the_variable_beats_the_default() -> None:
    assert load().delay_s == 6.0
    assert load(environ={"RELAY_DELAY_S": "2"}).delay_s == 2.0
    assert load(["--delay-s=3"], {"RELAY_DELAY_S": "2"}).delay_s == 3.0
    assert load(["--delay-s", "3"], {"RELAY_DELAY_S": "wrong"}).delay_s == 3.0
    assert load(environ={"RELAY_DELAY_S": ""}).delay_s == 6.0


@pytest.mark.parametrize(
    ("given", "is_on"),
    [
        ("true", True),
        ("1", True),
        ("ON", True),
        ("yes", True),
        ("false", False),
        ("0", False),
        ("Off", False),
    ],
)
def test_true_and_false_have_their_usual_names(given: str, is_on: bool) -> None:
    assert load([f"--realtime={given}"]).realtime is is_on
    assert load(environ={"RELAY_LOUD": given}).loud is is_on


def test_a_flag_alone_turns_something_on() -> None:
    assert load(["--loud", "--port=1"]) == load(["--loud=true", "--port", "1"])
    assert load(["--loud"]).loud


def test_what_is_neither_true_nor_false_is_refused() -> None:
    with pytest.raises(SettingError, match=r"^--realtime: 'maybe' is not true or false$"):
        load(["--realtime=maybe"])
    with pytest.raises(SettingError, match=r"^RELAY_LOUD: 'maybe' is not true or false$"):
        load(environ={"RELAY_LOUD": "maybe"})


def test_all_that_is_required_and_missing_is_named_in_one_line() -> None:
    with pytest.raises(SettingError) as missing:
        Relay.load([], {}, prog="relay", description="")
    assert str(missing.value) == "RELAY_INPUT_URL, RELAY_OUTPUT_URL: required, and not set"
    with pytest.raises(SettingError, match=r"^RELAY_INPUT_URL: required"):
        Relay.load(["--output-url=b"], {"RELAY_INPUT_URL": ""}, prog="relay", description="")


@pytest.mark.parametrize(
    ("arguments", "problem"),
    [
        (["--port=many"], "--port: 'many' is not a whole number"),
        (["--delay-s=1,5"], "--delay-s: '1,5' is not a number"),
        (["--delay-s=nan"], "RELAY_DELAY_S: nan is not a finite number"),
        (["--delay-s=0"], "RELAY_DELAY_S: 0.0 is below 0.1"),
        (["--port=65536"], "RELAY_PORT: 65536 is above 65535"),
        (["--mode=sing"], "RELAY_MODE: 'sing' is none of copy, dub"),
        (["--api-key="], "RELAY_API_KEY: is empty; leave it unset instead"),
        ([f"--pin={HIDDEN}"], "--pin: the value is not a whole number"),
        ([f"--api-kee={HIDDEN}"], "--api-kee: no such setting"),
        (["--del=3"], "--del: no such setting"),
        (["--port"], "argument --port: expected one argument"),
    ],
)
def test_what_is_wrong_is_said_in_one_line_with_its_name(arguments: list[str], problem: str) -> None:
    with pytest.raises(SettingError) as wrong:
        load(arguments)
    assert str(wrong.value) == problem


def test_a_table_made_in_code_is_checked_too() -> None:
    with pytest.raises(SettingError, match=r"^RELAY_PORT: -1 is below 0"):
        Relay(input_url="a", output_url="b", port=-1)


def test_a_secret_is_never_shown() -> None:
    relay = load(environ={"RELAY_API_KEY": HIDDEN})
    assert relay.api_key == HIDDEN
    assert HIDDEN not in repr(relay) + str(relay)


def test_help_shows_every_row_as_the_documentation_does(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as exit_:
        load(["--help"], examples=["relay --loud  # an example"])
    assert exit_.value.code == 0
    told = capsys.readouterr().out
    shown = " ".join(told.split())
    for row in ROWS.values():
        default = default_text(row)
        wanted = default if default == "required" else f"default {default}"
        assert f"{flag(row)} " in shown
        assert f"{help_text(row)} [{variable(row, Relay.PREFIX)}, {wanted}]" in shown
    assert [default_text(ROWS[name]) for name in ("input_url", "realtime", "api_key", "delay_s")] == [
        "required",
        "true",
        "unset",
        "6.0",
    ]
    assert help_text(ROWS["mode"]) == "what to do (copy, dub)"
    assert told.endswith("\n\nexamples:\n  relay --loud  # an example\n")


def test_the_readme_s_example_is_true() -> None:
    page = (Path(__file__).resolve().parents[1] / "README.md").read_text("utf-8")
    (code,) = (block.partition("```")[0] for block in page.split("```python\n")[1:])
    exec(compile(code, "README.md", "exec"), {"__name__": "__main__"})


@dataclass(frozen=True, kw_only=True)
class Named(Settings):
    PREFIX: ClassVar[str] = "RELAY_"

    source_language: str = setting("en", "what people call by a word that Python keeps", name="from")


def test_a_setting_has_the_name_that_people_use() -> None:
    (row,) = dataclasses.fields(Named)
    assert (name_of(row), flag(row), variable(row, Named.PREFIX)) == ("from", "--from", "RELAY_FROM")
    assert Named.load(["--from", "es"], {}, prog="relay", description="").source_language == "es"
    assert Named.load([], {"RELAY_FROM": "fr"}, prog="relay", description="").source_language == "fr"
