"""`livedub.toml` is checked whole, and its sections become the services' variables."""

from pathlib import Path

import pytest
from livedub.settings import read_file
from livedub.settings.file import parse_file, rows
from livedub.settings.sections import SECTIONS, WORKER_ROWS, full_settings
from media_service.config import WorkerSettings
from service_kit.settings import SettingError


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ('too = "es"', "livedub.toml: too: no such setting; did you mean to?"),
        ("to = 5", 'livedub.toml: to: text in quotes ("es") is needed'),
        ('budget_ms = "3000"', "livedub.toml: budget_ms: a whole number is needed"),
        ("budget_ms = true", "livedub.toml: budget_ms: a whole number is needed"),
        ("budget_ms = 3.5", "livedub.toml: budget_ms: a whole number is needed"),
        ("json = 1", "livedub.toml: json: true or false is needed"),
        ("config = 'other.toml'", "livedub.toml: config: no such setting"),
        ("worker = 5", "livedub.toml: worker is a section: [worker]"),
        ("[service]\nwhisper = 1", "livedub.toml: service: no such setting"),
        (
            "[engines]\nwhisper_modell = 'small'",
            "livedub.toml: [engines] whisper_modell: no such setting; did you mean whisper_model?",
        ),
        ("[worker]\nmix = 'duck'", "livedub.toml: [worker] mix: is set by livedub itself"),
        ("to = ", "livedub.toml: Invalid value (at end of document)"),
    ],
)
def test_a_wrong_file_is_told_in_one_line(text: str, told: str) -> None:
    with pytest.raises(SettingError) as error:
        parse_file("livedub.toml", text)
    assert str(error.value).startswith(told)
    assert "\n" not in str(error.value)


def test_the_file_in_this_folder_is_read_and_a_named_one_must_be_there(tmp_path: Path) -> None:
    assert not read_file(None).is_there
    Path("livedub.toml").write_text('to = "es"\n[engines]\nwhisper_model = "small"\n')
    found = read_file(None)
    assert (found.values, found.sections) == ({"to": "es"}, {"engines": {"whisper_model": "small"}})
    with pytest.raises(SettingError, match=r"other\.toml: no such file"):
        read_file("other.toml")


def test_a_section_stands_in_for_variables_that_are_not_set() -> None:
    said = {"whisper_model": "small", "download_models": True}
    variables = SECTIONS["engines"].variables(said, {"WHISPER_MODEL": "tiny"})
    assert variables == {"DOWNLOAD_MODELS": "true"}
    settings = full_settings({"engines": said}, {"WHISPER_MODEL": "tiny"})
    assert (settings.whisper_model, settings.download_models) == ("tiny", True)


def test_what_livedub_sets_itself_is_a_row_of_the_worker_and_of_livedub() -> None:
    worker = {name.lower().removeprefix("worker_") for name in WorkerSettings.__dataclass_fields__}
    assert SECTIONS["worker"].taken <= worker
    assert set(WORKER_ROWS.values()) <= set(rows())
