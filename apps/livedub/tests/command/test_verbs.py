"""What `livedub` answers without starting anything."""

import json
import os
import shlex
from pathlib import Path

import pytest
from livedub import errors
from livedub.__main__ import main
from livedub.cli import said
from livedub.errors import EXIT_CODES, CheckFailed, Failed, failure
from livedub.settings import DubSettings, Reading
from livedub.verbs import VERBS, Verb, find
from media_service import errors as worker_errors
from service_kit.settings import SettingError

Output = pytest.CaptureFixture[str]


def test_help_names_every_verb_and_every_exit_code(capsys: Output) -> None:
    assert main(["--help"]) == 0
    shown = capsys.readouterr().out
    for verb in VERBS:
        assert f"  {verb.name} " in shown
        assert verb.does in shown
    for code, means in EXIT_CODES.items():
        assert f"  {code:<3} {means}" in shown


@pytest.mark.parametrize("verb", [verb.name for verb in VERBS if verb.name != "bench"])
def test_each_verbs_help_shows_its_examples(verb: str, capsys: Output) -> None:
    found = find(verb.split())
    assert found is not None
    with pytest.raises(SystemExit) as end:
        main([*verb.split(), "--help"])
    assert end.value.code == 0
    shown = capsys.readouterr().out
    for example in found[0].examples:
        assert example in shown


def test_the_examples_of_a_verb_are_command_lines_that_it_takes() -> None:
    for verb in VERBS:
        for example in verb.examples:
            named = find(shlex.split(example)[1:])
            assert named is not None
            assert named[0] is verb
            if verb.table is not None:
                assert said(verb, verb.table, named[1])


def test_the_exit_codes_are_the_workers_and_those_of_the_errors() -> None:
    ours = {
        kind.exit_code
        for kind in vars(errors).values()
        if isinstance(kind, type) and issubclass(kind, Failed)
    }
    workers = {
        kind.exit_code
        for kind in vars(worker_errors).values()
        if isinstance(kind, type) and issubclass(kind, worker_errors.WorkerError)
    }
    assert set(EXIT_CODES) == ours | {0} == workers | {0, CheckFailed.exit_code}
    for code in workers:
        assert failure(code, "").exit_code == code
    assert failure(-9, "").exit_code == 70


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["dup"], "dup: no such verb (livedub --help lists them)"),
        (["models"], "models: no such verb (livedub --help lists them)"),
        (["dub", "a.ts", "b.ts", "--too=hunter2"], "--too: no such setting (livedub dub --help lists them)"),
        (
            ["dub", "a.ts", "b.ts", "hunter2"],
            "a word too many: no such setting (livedub dub --help lists them)",
        ),
        (["dub", "no.ts", "b.ts", "--to", "es"], "INPUT: no.ts: no such file"),
        (["dub", "no.ts", "b.ts", "--to", "klingon!"], "--to: 'klingon!' is not what the protocol allows"),
        (["dub", "no.ts", "b.ts", "--to", "es", "--sts", "nowhere"], "--sts: nowhere: an http(s)"),
        (
            ["dub", "no.ts", "b.ts", "--to", "es", "--captions", "no/c.vtt"],
            "--captions: no/c.vtt: its folder",
        ),
        (["engines", "--config", "no.toml"], "no.toml: no such file"),
    ],
)
def test_a_wrong_setting_is_one_line_and_exit_code_2(arguments: list[str], told: str, capsys: Output) -> None:
    assert main(arguments) == 2
    shown = capsys.readouterr()
    assert shown.out == ""
    assert shown.err.startswith(f"livedub: {told}")
    assert shown.err.count("\n") == 1


def test_our_own_fault_is_one_line_too_with_the_details_in_a_file(
    capsys: Output, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(_: object, __: object) -> int:
        raise ZeroDivisionError

    monkeypatch.setattr("livedub.verbs.Verb.run", broken)
    assert main(["engines"]) == 70
    told = capsys.readouterr().err
    assert told.count("\n") == 1
    details = Path(told.rpartition(" ")[2].strip())
    assert "ZeroDivisionError" in details.read_text()
    details.unlink()


def test_config_show_tells_every_setting_with_its_origin_and_no_secret(
    capsys: Output, monkeypatch: pytest.MonkeyPatch
) -> None:
    Path("livedub.toml").write_text(
        'to = "es"\noutput = "rtmp://127.0.0.1/app/hunter2"\n'
        '[engines]\ndeepl_api_key = "hunter2"\n'  # pragma: allowlist secret
        'whisper_model = "small"\n'
    )
    monkeypatch.setenv("LIVEDUB_STS_KEY", "hunter2")
    monkeypatch.setenv("WORKER_DUCK_DB", "12")
    assert main(["config", "show", "--json"]) == 0
    shown = json.loads(capsys.readouterr().out)
    assert shown["to"] == {"value": "es", "origin": "livedub.toml"}
    assert shown["mix"] == {"value": "duck", "origin": "default"}
    assert shown["json"] == {"value": True, "origin": "--json"}
    assert shown["output"] == {"value": "rtmp://127.0.0.1/app/***", "origin": "livedub.toml"}
    assert shown["sts_key"] == {"value": "***", "origin": "LIVEDUB_STS_KEY"}
    assert shown["[engines] deepl_api_key"] == {"value": "***", "origin": "livedub.toml"}
    assert shown["[engines] whisper_model"] == {"value": "small", "origin": "livedub.toml"}
    assert shown["[worker] duck_db"] == {"value": "12", "origin": "WORKER_DUCK_DB"}
    assert main(["config", "show"]) == 0
    lines = capsys.readouterr().out
    assert "hunter2" not in lines
    assert [line.split() for line in lines.splitlines() if line.startswith("to ")] == [
        ["to", "es", "livedub.toml"]
    ]


def test_secrets_on_the_command_line_leave_the_process_list(monkeypatch: pytest.MonkeyPatch) -> None:
    ran: list[tuple[list[str], dict[str, str]]] = []

    def leave(_: str, arguments: list[str], variables: dict[str, str]) -> None:
        ran.append((arguments, variables))
        raise SystemExit

    seen: list[Reading[DubSettings]] = []
    monkeypatch.setattr(os, "execve", leave)

    def see(_: Verb, reading: Reading[DubSettings]) -> int:
        seen.append(reading)
        return 0

    monkeypatch.setattr("livedub.verbs.Verb.run", see)
    typed = ["dub", "in.ts", "rtmp://127.0.0.1/app/hunter2", "--to", "es", "--json", "--sts-key", "hunter3"]
    with pytest.raises(SystemExit):
        main(typed)
    ((arguments, variables),) = ran
    assert not any("hunter" in word for word in arguments)
    assert arguments[-3:] == ["dub", "--json", "--to=es"]
    # What it becomes is the same command, and does not do it again.
    for name in ("LIVEDUB_INPUT", "LIVEDUB_OUTPUT", "LIVEDUB_STS_KEY"):
        monkeypatch.setenv(name, variables[name])
    assert main(arguments[arguments.index("livedub") + 1 :]) == 0
    assert len(ran) == 1
    settings = seen[0].settings
    assert (settings.input, settings.output, settings.sts_key, settings.target_language, settings.json) == (
        "in.ts",
        "rtmp://127.0.0.1/app/hunter2",
        "hunter3",
        "es",
        True,
    )


def test_places_without_a_secret_stay_on_the_command_line(monkeypatch: pytest.MonkeyPatch) -> None:
    def never(*_: object) -> None:
        raise AssertionError("executed anew")

    monkeypatch.setattr(os, "execve", never)
    monkeypatch.setattr("livedub.verbs.Verb.run", lambda *_: 0)
    assert main(["dub", "in.ts", "out.ts", "--to", "es", "--sts", "http://127.0.0.1:8000"]) == 0


@pytest.mark.parametrize(("verb", "module"), [("sts", "sts_service.full"), ("echo", "sts_service.echo")])
def test_a_service_gets_its_flags_and_what_the_file_says(
    verb: str, module: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    section = {"sts": "engines", "echo": "echo"}[verb]
    Path("livedub.toml").write_text(f"[{section}]\nport = 8123\nlog_level = 'debug'\n")
    ran: list[tuple[list[str], dict[str, str]]] = []
    monkeypatch.setattr(os, "execve", lambda _, arguments, variables: ran.append((arguments, variables)))
    monkeypatch.setenv("LOG_LEVEL", "error")
    monkeypatch.delenv("PORT", raising=False)
    with pytest.raises(TypeError):  # nothing comes back from a real execve
        find_and_run([verb, "--host", "127.0.0.2"])
    ((arguments, variables),) = ran
    assert arguments[-4:] == ["-m", module, "--host", "127.0.0.2"]
    assert (variables["PORT"], variables["LOG_LEVEL"]) == ("8123", "error")


def find_and_run(arguments: list[str]) -> int:
    found = find(arguments)
    if found is None:
        raise SettingError("no such verb")
    return found[0].run([found[0].name, *found[1]])
