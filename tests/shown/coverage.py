"""Which test runs which command: page, a pattern of commands, and a test or a reason."""

from dataclasses import dataclass

TREE_TESTS = "tests/test_tree.py"
FIRST_RUN = "tests/test_first_run.py"
PUBLISHED = "tests/test_publish_scripts.py::test_it_is_heard_and_seen_at_the_server"
HELP = "tests/test_publish_scripts.py::test_help_tells_every_option_and_its_examples_name_the_script"
STEPS = "tests/shown/test_first_steps.py"
RECIPES = "tests/shown/test_recipes.py"
LIVE = "tests/shown/test_live_recipes.py"
REQUESTS = "tests/shown/test_requests.py"
LIVEDUB = "apps/livedub/tests/livedub_docs/test_commands.py"
CONTAINERS = (
    "no container engine runs where the tests run; tests/deploying holds the file to its specification"
)
INSTALLS = "it installs into the machine that runs the tests; tests/deploying has systemd look at the units"


@dataclass(frozen=True)
class Covered:
    page: str
    pattern: str
    """of a whole command"""
    test: str = ""
    """`file::test`; of a README that has tests of its own, the one that knows all its commands"""
    reason: str = ""
    """why it cannot be run here"""


COVERED = (
    Covered("README.md", "make setup", f"{TREE_TESTS}::test_set_up_is_silent_when_nothing_is_missing"),
    Covered("README.md", "make demo", f"{STEPS}::test_the_demo_is_started_as_shown"),
    Covered("README.md", r"\.venv/bin/livedub dub talk\.mp4 .*", f"{STEPS}::test_the_first_line_dubs_a_file"),
    Covered("README.md", r"\.venv/bin/livedub serve", f"{STEPS}::test_the_control_room_answers_as_shown"),
    Covered("README.md", "ffmpeg .*", f"{RECIPES}::test_ffmpeg_sends_as_shown"),
    Covered("README.md", "scripts/publish-ffmpeg .*", PUBLISHED),
    Covered("README.md", "make test", reason="it runs the tests"),
    Covered("README.md", "make lint", reason="it is run beside the tests, by .ci/run"),
    Covered(
        "docs/getting-started.md",
        "make setup",
        f"{TREE_TESTS}::test_set_up_is_silent_when_nothing_is_missing",
    ),
    Covered("docs/getting-started.md", "make demo.*", f"{STEPS}::test_the_demo_is_started_as_shown"),
    Covered(
        "docs/getting-started.md",
        r"\.venv/bin/livedub doctor",
        f"{LIVEDUB}::test_what_looks_at_this_machine_answers",
    ),
    Covered(
        "docs/getting-started.md",
        r"(ffmpeg .*|\.venv/bin/livedub dub talk\.mp4 .*)",
        f"{STEPS}::test_a_talk_is_made_and_dubbed_as_shown",
    ),
    Covered(
        "docs/getting-started.md",
        r"(\.venv/bin/livedub dub 'srt:.*|scripts/publish-ffmpeg talk\.mp4 .*)",
        f"{STEPS}::test_an_encoder_calls_and_hls_is_written_as_shown",
    ),
    Covered(
        "docs/getting-started.md",
        r"\.venv/bin/livedub serve",
        f"{STEPS}::test_the_control_room_answers_as_shown",
    ),
    Covered(
        "docs/getting-started.md",
        r"(\.venv/bin/python -m sts_service\.echo .*|curl .*)",
        f"{TREE_TESTS}::test_the_echo_service_runs_as_is_shown",
    ),
    Covered(
        "docs/getting-started.md",
        r"\.venv/bin/python -m sts_service\.full .*",
        f"{TREE_TESTS}::test_the_service_that_dubs_is_started_as_is_shown",
    ),
    Covered(
        "docs/getting-started.md",
        r"\.venv/bin/python -m media_service.*",
        f"{FIRST_RUN}::test_a_file_goes_through_worker_and_echo_as_is_shown",
    ),
    Covered("docs/recipes.md", "ffmpeg .*", f"{RECIPES}::test_ffmpeg_sends_as_shown"),
    Covered("docs/recipes.md", "scripts/publish-[a-z]+ test .*", PUBLISHED),
    Covered("docs/recipes.md", "scripts/publish-[a-z]+ --help", HELP),
    Covered("docs/recipes.md", "ffplay .*", reason="it opens a window"),
    Covered(
        "docs/recipes.md", r"\.venv/bin/livedub dub 'srt:.*", f"{LIVE}::test_srt_goes_in_and_out_as_shown"
    ),
    Covered("docs/recipes.md", r"\.venv/bin/livedub dub rtmp:.*", f"{LIVE}::test_rtmp_becomes_hls_as_shown"),
    Covered(
        "docs/recipes.md",
        r"\.venv/bin/livedub dub talk\.mp4 .*",
        f"{LIVEDUB}::test_a_file_is_dubbed_as_shown",
    ),
    Covered("docs/recipes.md", "export .*", f"{RECIPES}::test_what_is_exported_are_settings"),
    Covered("docs/recipes.md", "curl .*", f"{REQUESTS}::test_the_requests_of_the_recipes_do_what_is_said"),
    Covered(
        "docs/operations.md",
        "(curl|echo) .*",
        f"{REQUESTS}::test_the_operators_switch_and_list_work_as_shown",
    ),
    Covered(
        "docs/operations.md", "grep .*", f"{REQUESTS}::test_the_log_is_searched_as_in_the_workers_readme"
    ),
    Covered("docs/operations.md", "docker run .*", reason=CONTAINERS),
    Covered(
        "docs/operations.md",
        "export .*",
        "tests/traces/test_full.py::test_each_fragment_is_one_trace_through_all_stages",
    ),
    Covered(
        "docs/operations.md",
        r"\.venv/bin/livedub serve",
        f"{STEPS}::test_the_control_room_answers_as_shown",
    ),
    Covered(
        "docs/operations.md",
        r"\.venv/bin/python .*VACUUM.*",
        f"{REQUESTS}::test_the_backup_is_a_whole_database",
    ),
    Covered(
        "docs/engines.md",
        ".* --list-engines",
        f"{TREE_TESTS}::test_the_service_that_dubs_is_started_as_is_shown",
    ),
    Covered(
        "docs/engines.md",
        r".* -m sts_service\.bench quality .*",
        reason="it wants a Whisper model and recordings; dubbing/test_quality.py runs it with what there is",
    ),
    Covered(
        "deploy/README.md", "(cp|chmod|python3) .*", f"{STEPS}::test_the_environment_is_prepared_as_shown"
    ),
    Covered("deploy/README.md", "docker compose .*", reason=CONTAINERS),
    Covered("deploy/README.md", "scripts/publish-ffmpeg .*", PUBLISHED),
    Covered("deploy/README.md", "(make -C|install|systemctl|useradd) .*", reason=INSTALLS),
    Covered(
        "apps/livedub/README.md",
        ".*",
        f"{LIVEDUB}::test_every_command_that_is_shown_is_of_a_kind_that_is_run",
    ),
    Covered(
        "apps/media-service/README.md",
        ".*",
        "apps/media-service/tests/worker_docs/test_commands.py::"
        "test_every_command_that_is_shown_is_of_a_kind_that_is_run",
    ),
    Covered(
        "apps/sts-service/README.md",
        ".*",
        "apps/sts-service/tests/docs/test_shown_code.py::test_every_other_command_works_beside_a_running_service",
    ),
)
