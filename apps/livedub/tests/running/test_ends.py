"""However it ends, nothing is left; what it says and its exit code tell why."""

import signal
from pathlib import Path

import psutil
import pytest
from media_service.testmedia.generate import generate
from media_service.testmedia.media import read
from media_service.testmedia.programme import Programme

from running.command import Running, service


@pytest.fixture
def light(tmp_path: Path) -> dict[str, str]:
    """Engines that start in no time; they know one language only."""
    words = tmp_path / "words.vtt"
    words.write_text("WEBVTT\n\n00:00.500 --> 00:29.000\ngood evening\n")
    return {
        "ASR_ENGINE": "scripted",
        "SCRIPTED_TRANSCRIPT": str(words),
        "TRANSLATION_ENGINE": "identity",
        "TTS_ENGINE": "tone",
    }


@pytest.fixture(scope="module")
def source(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A programme whose voice says nothing."""
    path = tmp_path_factory.mktemp("source") / "in.mp4"
    return generate(path, Programme(15, width=160, height=90, video_bit_rate=100_000))


@pytest.fixture(scope="module")
def echo(tmp_path_factory: pytest.TempPathFactory) -> object:
    with service(tmp_path_factory.mktemp("echo"), "--echo-processing-delay-ms", "50") as url:
        yield url


def test_a_file_goes_through_somebody_elses_service(source: Path, echo: str, tmp_path: Path) -> None:
    with Running(
        tmp_path, "dub", source, "out.ts", "--to", "es", "--sts", echo, "--log", "dub.log"
    ) as command:
        assert command.ended() == 0
    told = command.err.read_text()
    assert f"dubbed {source} into out.ts: 15.0 s in " in told
    assert " 0 in the original" in told
    assert '"slot dubbed"' in (tmp_path / "dub.log").read_text()
    assert len(read(tmp_path / "out.ts").of("video")) == 450
    assert not command.left()


@pytest.mark.slow
def test_a_files_last_fragments_are_waited_for_however_slow_the_service_is(tmp_path: Path) -> None:
    source = generate(tmp_path / "in.mp4", Programme(4.5, width=160, height=90))
    quick = ("--fragment-s", "1.5", "--cut", "fixed", "--budget-ms", "0")
    one = {"WORKER_MAX_INFLIGHT": "1"}
    with (
        # The three would take longer than a live stream waits at its end: delay and 3 s.
        service(tmp_path, "--echo-processing-delay-ms", "3500") as slow,
        Running(
            tmp_path, "dub", source, "out.ts", "--to", "es", "--sts", slow, *quick, "--json", env=one
        ) as command,
    ):
        assert command.ended() == 0
    assert command.report()["fragments"]["dubbed"] == 3


@pytest.mark.slow
def test_a_live_dubbing_is_stopped_by_ctrl_c_in_order(source: Path, echo: str, tmp_path: Path) -> None:
    live = ("--realtime", "--fragment-s", "1", "--cut", "fixed", "--budget-ms", "1000")
    with Running(tmp_path, "dub", source, "out.ts", "--to", "es", "--sts", echo, *live) as command:
        command.wait_for(lambda: (tmp_path / "out.ts").exists(), "output")
        command.wait_for(lambda: (tmp_path / "out.ts").stat().st_size > 50_000, "media")
        command.signal(signal.SIGINT)
        assert command.ended() == 0
        command.wait_until_nothing_is_left()
    told = command.err.read_text()
    assert "output: up" in told
    assert "speech service: connected" in told
    assert "stopping: what is buffered plays out" in told
    assert f"dubbed {source} into out.ts for 00:" in told


@pytest.mark.slow
def test_a_file_that_is_stopped_ends_by_the_signal_and_says_that_it_is_not_whole(
    source: Path, tmp_path: Path
) -> None:
    with (
        service(tmp_path, "--echo-processing-delay-ms", "3000") as slow,
        Running(tmp_path, "dub", source, "out.ts", "--to", "es", "--sts", slow) as command,
    ):
        command.wait_for_worker()
        command.signal(signal.SIGTERM)
        assert command.ended() == -signal.SIGTERM
        command.wait_until_nothing_is_left()
    assert "stopped before the end: the output is not whole" in command.err.read_text()


@pytest.mark.parametrize("name", [signal.SIGKILL, signal.SIGHUP])
def test_no_child_outlives_it_however_it_is_ended(
    source: Path, light: dict[str, str], tmp_path: Path, name: signal.Signals
) -> None:
    live = ("--to", "en", "--realtime")
    with Running(tmp_path, "dub", source, "out.ts", *live, env=light) as command:
        if name is signal.SIGKILL:
            command.wait_for_worker()
        else:
            command.wait_for(
                lambda: any("sts_service.full" in line for line in command.command_lines()), "service"
            )
        command.signal(name)
        assert command.ended() == -name
        command.wait_until_nothing_is_left()


@pytest.mark.slow
def test_a_live_stream_gets_its_speech_service_back(tmp_path: Path, light: dict[str, str]) -> None:
    source = generate(tmp_path / "in.mp4", Programme(120, width=160, height=90, video_bit_rate=50_000))
    quick = ("--realtime", "--fragment-s", "1.5", "--cut", "fixed", "--budget-ms", "1500")
    with Running(tmp_path, "dub", source, "out.ts", "--to", "en", *quick, env=light) as command:

        def services() -> list[psutil.Process]:
            return [child for child in command.left() if "sts_service.full" in child.cmdline()]

        def connected() -> int:
            return command.err.read_text().count("speech service: connected")

        command.wait_for(lambda: connected() == 1, "session")
        (first,) = services()
        first.kill()
        command.wait_for(lambda: connected() == 2, "session with the next service")
        assert services() != [first]
        command.signal(signal.SIGINT)
        assert command.ended() == 0
        command.wait_until_nothing_is_left()
    assert "the speech service ended by itself (-9); it is started again" in command.err.read_text()


def test_a_file_ends_with_its_speech_service(source: Path, tmp_path: Path, light: dict[str, str]) -> None:
    patient = {**light, "WORKER_MAX_INFLIGHT": "1"}
    with Running(tmp_path, "dub", source, "out.ts", "--to", "en", env=patient) as command:
        command.wait_for_worker()
        (service_,) = (child for child in command.left() if "sts_service.full" in child.cmdline())
        service_.kill()
        assert command.ended() == 30
        command.wait_until_nothing_is_left()
    assert "livedub: the speech service ended by itself (-9)" in command.err.read_text()


def test_no_secret_is_in_the_process_list(source: Path, tmp_path: Path) -> None:
    places = [str(source), "rtmp://127.0.0.1:9/app/hunter2"]
    # A service that is not there: the worker is what is looked at.
    told = ("--sts", "http://127.0.0.1:9", "--sts-key", "hunter3")
    with Running(tmp_path, "dub", *places, "--to", "es", *told) as command:
        command.wait_for_worker()
        lines = command.command_lines()
        assert len(lines) == 2
        assert not any("hunter" in line for line in lines)
    assert "hunter" not in command.err.read_text()


@pytest.mark.parametrize(
    ("changed", "code", "told"),
    [
        ({"sts": "http://127.0.0.1:9"}, 30, "the speech service at http://127.0.0.1:9 cannot be reached"),
        ({"from": "xx"}, 30, "the speech service is given up: INVALID_CONFIG"),
        ({"input": "no-sound.mp4"}, 10, "the source has no sound to dub"),
    ],
)
def test_what_went_wrong_is_one_line_and_an_exit_code(
    changed: dict[str, str],
    code: int,
    told: str,
    source: Path,
    echo: str,
    light: dict[str, str],
    tmp_path: Path,
) -> None:
    generate(tmp_path / "no-sound.mp4", Programme(2, width=160, height=90, audio=None))
    given = {"sts": echo, "from": "en", "input": str(source), **changed}
    if "from" in changed:
        del given["sts"]
    flags = [word for name in ("sts", "from") if name in given for word in (f"--{name}", given[name])]
    with Running(tmp_path, "dub", given["input"], "out.ts", "--to", "es", *flags, env=light) as command:
        assert command.ended() == code
        command.wait_until_nothing_is_left()
    *_, last = command.err.read_text().splitlines()
    assert last.startswith(f"livedub: {told}")
    if "(log: " in last:
        log = Path(last.rpartition("(log: ")[2].rstrip(")"))
        assert log.is_file()
        log.unlink()


def test_an_engine_that_is_not_here_is_told_before_anything_is_dubbed(source: Path, tmp_path: Path) -> None:
    missing = {"ASR_ENGINE": "whisperer"}
    with Running(tmp_path, "dub", source, "out.ts", "--to", "es", "--log", "dub.log", env=missing) as command:
        assert command.ended() == 2
    assert command.err.read_text() == (
        "livedub: speech service: ASR_ENGINE: whisperer is no engine for asr; there are auto, "
        "faster-whisper, pocketsphinx, scripted (log: dub.log)\n"
    )
    assert not (tmp_path / "out.ts").exists()
