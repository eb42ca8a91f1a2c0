"""A flag beats the variable, that beats the file, that beats the default; errors name the place."""

import dataclasses
from collections.abc import Mapping

import pytest
from hypothesis import given
from hypothesis import strategies as st
from livedub.settings import TABLES, ConfigFile, DubSettings, Reading, read
from livedub.settings.file import parse_file
from livedub.settings.tables import CommonSettings
from livedub.verbs import VERBS
from service_kit.settings import SettingError, flag, name_of, variable

WORDS = ("input", "output")
NEEDED: dict[str, str | None] = {"input": "in.ts", "output": "out.ts", "target_language": "es"}


def reading(
    said: Mapping[str, str | None] | None = None, environ: Mapping[str, str] | None = None, toml: str = ""
) -> Reading[DubSettings]:
    return read(
        DubSettings,
        {**NEEDED, **(said or {})},
        environ or {},
        words=WORDS,
        file=parse_file("livedub.toml", toml),
    )


@given(flagged=st.booleans(), in_variable=st.booleans(), in_file=st.booleans())
def test_a_flag_beats_the_variable_beats_the_file_beats_the_default(
    flagged: bool, in_variable: bool, in_file: bool
) -> None:
    found = reading(
        {"budget_ms": "1"} if flagged else {},
        {"LIVEDUB_BUDGET_MS": "2"} if in_variable else {},
        "budget_ms = 3" if in_file else "",
    )
    wanted = (
        (1, "--budget-ms")
        if flagged
        else (2, "LIVEDUB_BUDGET_MS")
        if in_variable
        else (3, "livedub.toml")
        if in_file
        else (3000, "default")
    )
    given_ = found.given["budget_ms"]
    assert (given_.value, given_.origin) == wanted
    assert found.settings.budget_ms == wanted[0]


def test_an_empty_variable_counts_as_unset() -> None:
    assert reading(environ={"LIVEDUB_MIX": ""}, toml='mix = "replace"').settings.mix == "replace"


def test_words_on_the_line_are_settings_like_the_others() -> None:
    found = read(DubSettings, {"target_language": "es"}, {"LIVEDUB_INPUT": "a.ts", "LIVEDUB_OUTPUT": "b.ts"})
    assert (found.settings.input, found.given["input"].origin) == ("a.ts", "LIVEDUB_INPUT")
    assert reading().given["output"].origin == "OUTPUT"


@pytest.mark.parametrize(
    ("said", "environ", "toml", "told"),
    [
        ({"budget_ms": "-1"}, {}, "", "--budget-ms: -1 is below 0"),
        ({}, {"LIVEDUB_BUDGET_MS": "-1"}, "", "LIVEDUB_BUDGET_MS: -1 is below 0"),
        ({}, {}, "budget_ms = -1", "livedub.toml: budget_ms: -1 is below 0"),
        ({"mix": "loud"}, {}, "", "--mix: 'loud' is none of duck, replace"),
        ({}, {}, 'mix = "loud"', "livedub.toml: mix: 'loud' is none of duck, replace"),
        ({"fragment_s": "six"}, {}, "", "--fragment-s: 'six' is not a number"),
        (
            {"input": None},
            {},
            "",
            "INPUT: required, and not set (nor is LIVEDUB_INPUT or input in livedub.toml)",
        ),
    ],
)
def test_a_wrong_value_is_told_with_the_place_where_it_stands(
    said: dict[str, str | None], environ: dict[str, str], toml: str, told: str
) -> None:
    with pytest.raises(SettingError) as error:
        reading(said, environ, toml)
    assert str(error.value) == told


def test_every_verb_with_a_table_is_in_the_tables_and_every_table_has_a_verb() -> None:
    assert {verb.name for verb in VERBS if verb.table is not None} == set(TABLES)


def test_a_name_means_the_same_in_every_verb() -> None:
    met: dict[str, tuple[str, type]] = {}
    for table in TABLES.values():
        for row in dataclasses.fields(table):
            kind = (row.name, row.metadata["kind"])
            assert met.setdefault(name_of(row), kind) == kind
            assert flag(row) == "--" + name_of(row).replace("_", "-")
            assert variable(row, table.PREFIX) == "LIVEDUB_" + name_of(row).upper()


def test_what_is_given_is_told_for_every_row() -> None:
    found = read(CommonSettings, {}, {}, file=ConfigFile())
    assert {name: each.origin for name, each in found.given.items()} == {
        "config": "default",
        "json": "default",
    }
