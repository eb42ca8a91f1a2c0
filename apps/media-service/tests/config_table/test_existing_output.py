"""An output file that is there already: a recorder that is started again destroys nothing."""

from pathlib import Path

import pytest
from media_service.config import WorkerSettings, load
from media_service.errors import SettingsWrong


def loaded(folder: Path, output: str, *more: str) -> WorkerSettings:
    place = ["--stream-id=match", "--input-url=rtmp://host/live/in", f"--output-url={output}"]
    return load([*place, "--sts-mode=passthrough", *more], {"HOME": str(folder)})


@pytest.mark.parametrize("form", ["{}/match.mp4", "file://{}/match.mp4"])
def test_it_is_kept_and_the_next_free_name_is_taken(tmp_path: Path, form: str) -> None:
    output = form.format(tmp_path)
    for wanted in ("match.mp4", "match-2.mp4", "match-3.mp4"):
        settings = loaded(tmp_path, output).with_free_output()
        file = Path(settings.output_url.removeprefix("file://"))
        assert file == tmp_path / wanted
        file.touch()


def test_a_gap_in_the_names_is_filled(tmp_path: Path) -> None:
    for name in ("match.mp4", "match-3.mp4"):
        (tmp_path / name).touch()
    assert loaded(tmp_path, f"{tmp_path}/match.mp4").with_free_output().output_url.endswith("/match-2.mp4")


def test_it_is_written_over_only_where_that_was_said(tmp_path: Path) -> None:
    (tmp_path / "match.mp4").touch()
    settings = loaded(tmp_path, f"{tmp_path}/match.mp4", "--output-exists=overwrite")
    assert settings.with_free_output() is settings


def test_it_is_refused_where_that_was_said(tmp_path: Path) -> None:
    output = tmp_path / "match.mp4"
    loaded(tmp_path, str(output), "--output-exists=refuse")
    output.touch()
    with pytest.raises(
        SettingsWrong, match=r"^WORKER_OUTPUT_URL: .*match\.mp4: is there already; see WORKER_OUTPUT_EXISTS$"
    ):
        loaded(tmp_path, str(output), "--output-exists=refuse")


@pytest.mark.parametrize("output", ["rtmp://host/live/out", "srt://host:9000", "{}/hls/"])
def test_what_is_no_file_is_left_alone(tmp_path: Path, output: str) -> None:
    (tmp_path / "hls").mkdir()
    settings = loaded(tmp_path, output.format(tmp_path))
    assert settings.with_free_output() is settings
