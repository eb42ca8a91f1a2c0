"""The hook path in MediaMTX's way: by the script of `deploy`, and by its list of paths."""

from live.measure import assert_copied, assert_in_sync, shifts

from e2e.house import Figures
from e2e.scripted import AGAIN, TOKEN, Scripted
from e2e.test_hooks import APPEARS_S


def test_within_two_seconds_of_the_script_exactly_one_worker_runs(
    scripted: Scripted, figures: Figures
) -> None:
    assert len(scripted.started_s) == 1
    took_s = scripted.started_s[0] - scripted.published_s
    figures(f"worker {took_s:.3f} s after the hook")
    assert 0 <= took_s < APPEARS_S
    assert len(scripted.pids["on air"]) == 1


def test_the_script_run_again_changes_nothing(scripted: Scripted) -> None:
    assert scripted.exit_codes == [0] * 2 * AGAIN
    assert scripted.pids["after the hooks"] == scripted.pids["on air"]


def test_the_dubbed_path_plays(scripted: Scripted) -> None:
    assert scripted.recording is not None
    assert_copied(scripted.recording.media, scripted.source, least=20)
    assert_in_sync(shifts(scripted.recording.media, scripted.source), least=2, unpaired=1)


def test_a_publisher_whose_hook_was_lost_is_found_in_the_list(scripted: Scripted) -> None:
    assert len(scripted.missed_pids) == 1
    assert "a publisher that no hook told of" in scripted.logs


def test_no_token_is_in_any_log(scripted: Scripted) -> None:
    assert TOKEN not in scripted.logs
