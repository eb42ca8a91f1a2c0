"""Whatever comes gets the answer that the README gives: its tables are run against the service."""

import base64
import dataclasses
import json
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from docs.page import SERVICE_README, Row, section
from dubbing_protocol import Audio, ErrorCode, audio_bytes
from speech import say
from sts_service.audio import read
from sts_service.engines import EngineSettings, Offer
from sts_service.engines.registry import AnySpec
from sts_service.full import FullServer
from sts_service.full.__main__ import run
from sts_service.testing.script import Script, Step
from sts_service.tts.espeak import SPEC as ESPEAK
from wire.payloads import fragment_payload, init_payload
from wire.sio_client import worker

from full_stream.sounds import Samples, audio, noise, silence, spoken
from full_stream.studio import engines

RATE_HZ = 16_000
SAYS = "The government has announced a plan."
RUSSIAN = "Россия и Украина подписали договор."

Engines = dict[Any, AnySpec]


@dataclass(frozen=True, kw_only=True)
class Case:
    sound: Audio = field(default_factory=lambda: pcm(spoken(6.0, RATE_HZ)))
    engines: Callable[[], Engines] = lambda: saying(SAYS)
    settings: dict[str, Any] = field(default_factory=dict)


def pcm(samples: Samples) -> Audio:
    return audio(samples, RATE_HZ)


def saying(text: str, translation: str | None = None) -> Engines:
    """`translation` None marks the text with its language."""
    return engines(Script(says=(text,)), Script(says=(translation,) if translation else ()))


def failing(**step: Any) -> Engines:
    return engines(Script(says=(SAYS,)), tts=Script(steps=(Step(**step),)))


def spanish(settings: EngineSettings) -> Offer:
    """Without the library, which is for an engine's process."""
    return Offer(model="eSpeak NG", targets=("es",))


def with_data(sound: Audio, data: bytes) -> Audio:
    return sound.model_copy(update={"data_base64": base64.b64encode(data).decode()})


def lasting(seconds: float) -> str:
    """A text that the scripted voice takes so long for."""
    return "x" * round(seconds / 0.06)


REFUSING = Script(steps=(Step(does="fail"),) * 9)
SPEECH = pcm(spoken(6.0, RATE_HZ))

# At most 1.2 times as fast, a slot of 6 s takes 7.2 s of speech, and 8.3 s are 15 % of the slot too long.
FRAGMENTS: dict[str, Case] = {
    "speech": Case(),
    "silence": Case(sound=pcm(silence(6.0, RATE_HZ)), engines=lambda: engines(REFUSING, REFUSING, REFUSING)),
    "music or noise in which nothing is said": Case(sound=pcm(noise(6.0, RATE_HZ))),
    "100 ms of speech": Case(sound=pcm(say("Good evening.")[3200:4800]), engines=lambda: saying("a", "a")),
    "30 s of speech": Case(
        sound=pcm(np.concatenate([spoken(6.0, RATE_HZ)] * 5)), engines=lambda: saying("word " * 80)
    ),
    "clipped speech": Case(sound=pcm(np.clip(30 * spoken(6.0, RATE_HZ), -1, 1))),
    "a translation without a letter or digit": Case(engines=lambda: saying(SAYS, "...")),
    "audio without a byte": Case(sound=with_data(SPEECH, b"")),
    "audio that cannot be decoded": Case(
        sound=with_data(audio(spoken(6.0, RATE_HZ), RATE_HZ, format="m4a"), bytes(range(256)) * 20)
    ),
    "audio shorter or longer than samples says": Case(sound=with_data(SPEECH, audio_bytes(SPEECH)[:96_000])),
    "text in a script that the voice cannot read": Case(
        engines=lambda: {**saying(SAYS, RUSSIAN), "tts": dataclasses.replace(ESPEAK, check=spanish)}
    ),
    "a dub up to 10 % of the slot too long": Case(engines=lambda: saying(SAYS, lasting(7.5))),
    "a dub up to 20 % too long": Case(engines=lambda: saying(SAYS, lasting(8.3))),
    "5,000 characters in one fragment": Case(engines=lambda: saying("word " * 1000, "word " * 1000)),
    "a stage that fails": Case(engines=lambda: failing(does="fail", code=ErrorCode.RATE_LIMIT_EXCEEDED)),
    "a stage that takes too long": Case(
        engines=lambda: failing(does="hang"), settings={"tts_timeout_ms": 200}
    ),
    "a GPU out of memory": Case(engines=lambda: failing(does="oom")),
}
CODES = {"a stage that fails": "RATE_LIMIT_EXCEEDED"}


def answers() -> tuple[list[Row], list[Row]]:
    fragments, inits, _ = section(SERVICE_README, "Answers").tables()
    return fragments, inits


def row_of(name: str) -> Row:
    return next(row for row in answers()[0] if row["what comes"] == name)


def test_every_answer_that_is_documented_is_tried() -> None:
    fragments, inits = answers()
    assert [row["what comes"] for row in fragments] == [*FRAGMENTS]
    assert [row["what is asked for"] for row in inits] == [*STREAMS]
    assert [row["what is wrong"] for row in section(SERVICE_README, STARTS_AT).tables()[1]] == [*STARTS]


async def answer(case: Case) -> dict[str, Any]:
    form: dict[str, Any] = {"format": case.sound.format, "channels": 1, "sample_rate_hz": RATE_HZ}
    async with FullServer(engines=case.engines(), **case.settings) as server, worker(server.url) as client:
        await client.init(timeout_ms=30_000, **form)
        sent = fragment_payload(0, audio=case.sound.to_wire())
        await client.emit("fragment:data", sent)
        result = await client.result(sent["fragment_id"], timeout=30)
        # Whatever came, the next one is served.
        quiet = audio(silence(0.1, RATE_HZ), RATE_HZ, format=case.sound.format)
        after = fragment_payload(1, audio=quiet.to_wire())
        await client.emit("fragment:data", after)
        assert (await client.result(after["fragment_id"], timeout=30))["status"] == "success"
        await client.complete()
    return result


@pytest.mark.parametrize("name", FRAGMENTS)
async def test_a_fragment_gets_the_documented_answer(name: str) -> None:
    case, told = FRAGMENTS[name], row_of(name)
    result = await answer(case)
    assert result["status"] == told["status"]
    assert is_error(result.get("error"), told["error"], CODES.get(name)), result.get("error")
    texts = [result.get("transcript"), result.get("translated_text")]
    match told["transcript, translated_text"]:
        case "both":
            assert all(texts)
        case "both empty":
            assert texts == ["", ""]
        case "":
            assert texts == [None, None]
        case "what the stages before it gave":
            assert texts == [SAYS, f"[es] {SAYS}"]
        case other:
            raise AssertionError(other)
    assert is_dub(result, told["dubbed_audio"], case.sound)
    warns = "duration_variance_high" in (result.get("warnings") or [])
    assert warns == ("duration_variance_high" in told["dubbed_audio"] or "DURATION" in told["error"])


def is_error(error: dict[str, Any] | None, told: str, engines_code: str | None) -> bool:
    if not told:
        return error is None
    assert error is not None
    code, _, stage = told.replace(",", "").partition(" ")
    if engines_code:  # the page cannot know it
        code = engines_code
    return (error["code"], error.get("stage")) == (code, "tts" if stage else None)


def is_dub(result: dict[str, Any], told: str, sent: Audio) -> bool:
    """Silent or not, as long as what was sent, to the sample."""
    if not told:
        return "dubbed_audio" not in result
    dub = Audio.from_wire(result["dubbed_audio"])
    sound = read(dub).samples
    assert (dub.format, dub.sample_rate_hz, dub.channels) == (sent.format, RATE_HZ, 1)
    assert len(sound) == sent.samples
    assert np.abs(sound).max() < 1.0
    return bool(np.abs(sound).max() > 0.01) != told.startswith("silence")


@pytest.mark.parametrize("name", ["silence", "music or noise in which nothing is said"])
async def test_the_original_comes_back_where_that_is_wanted(name: str) -> None:
    case = FRAGMENTS[name]
    result = await answer(dataclasses.replace(case, settings={"empty_fragment_audio": "original"}))
    assert "EMPTY_FRAGMENT_AUDIO" in row_of("silence")["dubbed_audio"]
    assert result["dubbed_audio"]["data_base64"] == case.sound.data_base64


def knowing(stage: str, **offer: Any) -> Engines:
    given = engines()
    given[stage] = dataclasses.replace(given[stage], check=lambda _: Offer(model="m", **offer))
    return given


STREAMS: dict[str, tuple[Callable[[], Engines], dict[str, str]]] = {
    "a language that nobody hears here": (
        lambda: knowing("asr", sources=("en",)),
        {"source_language": "tlh"},
    ),
    "a pair of languages that nobody translates here": (
        lambda: knowing("translation", pairs=(("en", "es"),)),
        {"target_language": "tlh"},
    ),
    "a language that nobody speaks here": (
        lambda: knowing("tts", targets=("es",)),
        {"target_language": "tlh"},
    ),
    "a voice that is not in voices.json, or is another engine's": (engines, {"voice_profile": "nobody"}),
    "anything, while a stage has no engine running": (lambda: engines(Script(start_does="raise")), {}),
}


@pytest.mark.logs_errors
@pytest.mark.parametrize("name", STREAMS)
async def test_a_stream_that_cannot_be_served_gets_the_documented_error(name: str) -> None:
    told = next(row for row in answers()[1] if row["what is asked for"] == name)
    make, asked = STREAMS[name]
    async with FullServer(engines=make(), until_ready=False) as server, worker(server.url) as client:
        await server.processor.tried.wait()
        await client.emit("stream:init", init_payload(**asked))
        error = await client.expect("error")
        fields = [each["field"] for each in error.get("metadata", {}).get("errors", [])]
        assert (error["code"], ", ".join(fields)) == (told["error"], told["field"])
        if told["field"]:
            await client.init()


STARTS_AT = "Settings of the service that dubs"
STARTS: dict[str, list[str]] = {
    "a setting has a wrong value": ["--dub-speed-max=9"],
    "an engine that does not exist is named": ["--asr-engine=nobody"],
    "the model of a named engine is missing": ["--asr-engine=faster-whisper", "--model-path=."],
    "voices.json cannot be read": ["--voice-profiles-path=voices.json"],
}


@pytest.mark.parametrize("name", STARTS)
def test_a_start_that_cannot_become_a_service_says_why_in_one_line(
    name: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HF_HUB_CACHE", str(tmp_path))
    told = next(row for row in section(SERVICE_README, STARTS_AT).tables()[1] if row["what is wrong"] == name)
    # A flag is named as it was written, a variable likewise; the page has the variables.
    for text in (None, "{", json.dumps({"profiles": {"default": {"voices": 3}}})):
        if name == "voices.json cannot be read" and text is not None:
            Path("voices.json").write_text(text)
        assert run(["--port=0", *STARTS[name]]) == 2
        line = capsys.readouterr().err
        assert line.count("\n") == 1
        assert line.replace("--dub-speed-max", "DUB_SPEED_MAX").startswith(told["the line begins"])
