"""The official client runs against a server that behaves like the API."""

import asyncio
import logging
import threading
import traceback
from collections.abc import AsyncIterator, Iterator
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from typing import Any

import pytest
from dubbing_protocol import ErrorCode
from sts_service.engines import EngineError, EngineSettings, NotHere
from sts_service.translation.deepl import CONCURRENCY, SPEC, DeepL

from cloud.provider import Act, Answer, Asked, Provider, serving

KEY = "5f1ab8fa-not-a-real-key"
SPOKEN = "the minister resigned"
PATIENT_MS = 20_000
"""So that a busy machine fails no test of what is answered."""
SOON_S = 0.9


def _translated(asked: Asked) -> Answer:
    texts = [f"[{asked.body['target_lang']}] {text}" for text in asked.body["text"]]
    translations = [
        {"detected_source_language": "EN", "text": text, "billed_characters": len(text)} for text in texts
    ]
    return Answer(body={"translations": translations})


def settings(provider: Provider, **other: Any) -> EngineSettings:
    usual: dict[str, Any] = {"deepl_api_key": KEY, "deepl_server_url": provider.url}
    return EngineSettings(**(usual | {"translation_timeout_ms": PATIENT_MS} | other))


@pytest.fixture
def provider() -> Iterator[Provider]:
    with serving(_translated) as provider:
        yield provider


@pytest.fixture
async def engine(provider: Provider) -> AsyncIterator[DeepL]:
    engine = SPEC.make(settings(provider))
    yield engine
    await engine.close()


async def failure(engine: DeepL, text: str = SPOKEN) -> EngineError:
    async with asyncio.timeout(20):
        with pytest.raises(EngineError) as caught:
            await engine.translate(text, "en", "es", "")
    said = "".join(traceback.format_exception(caught.value))
    assert KEY not in said
    assert SPOKEN not in said
    return caught.value


async def test_the_request_says_what_is_wanted(provider: Provider) -> None:
    engine = SPEC.make(settings(provider, deepl_formality="prefer_more", deepl_glossary_id="g1"))
    answer = await engine.translate("hello", "en-GB", "es", "what was said before")
    await engine.close()
    assert (answer.text, answer.billed_characters) == ("[ES] hello", 10)
    asked = provider.asked[0]
    assert asked.path == "/v2/translate"
    assert asked.headers["Authorization"] == f"DeepL-Auth-Key {KEY}"
    wanted = {
        "text": ["hello"], "source_lang": "EN", "target_lang": "ES", "context": "what was said before",
        "formality": "prefer_more", "glossary_id": "g1", "model_type": "latency_optimized",
        "split_sentences": "nonewlines",
    }  # fmt: skip
    assert {name: asked.body.get(name) for name in wanted} == wanted


@pytest.mark.parametrize(
    ("source", "target", "wanted"),
    [
        ("en", "en", ("EN", "EN-US")), ("pt-BR", "en-GB", ("PT", "EN-GB")), ("en", "pt", ("EN", "PT-BR")),
        ("en", "pt-PT", ("EN", "PT-PT")), ("en", "es-419", ("EN", "ES-419")),
        ("en", "es-MX", ("EN", "ES-419")), ("en", "es-ES", ("EN", "ES")), ("en", "zh", ("EN", "ZH-HANS")),
        ("en", "zh-Hant-TW", ("EN", "ZH-HANT")), ("no", "de-AT", ("NB", "DE")),
        ("zh-TW", "fr-CA", ("ZH", "FR")),
    ],
)  # fmt: skip
async def test_languages_are_written_as_the_api_wants_them(
    engine: DeepL, provider: Provider, source: str, target: str, wanted: tuple[str, str]
) -> None:
    await engine.translate("hello", source, target, "")
    assert (provider.asked[0].body["source_lang"], provider.asked[0].body["target_lang"]) == wanted


async def test_a_language_that_it_does_not_know_is_not_asked_for(engine: DeepL, provider: Provider) -> None:
    with pytest.raises(EngineError) as caught:
        await engine.translate("hello", "en", "tlh", "")
    assert (caught.value.code, caught.value.retryable) == (ErrorCode.UNSUPPORTED_LANGUAGE, False)
    assert provider.asked == []


async def test_an_empty_text_costs_nothing(engine: DeepL, provider: Provider) -> None:
    assert (await engine.translate(" \n", "en", "es", "")).text == ""
    assert provider.asked == []


API, LIMIT = ErrorCode.TRANSLATION_API_UNAVAILABLE, ErrorCode.RATE_LIMIT_EXCEEDED


@pytest.mark.parametrize(
    ("act", "code", "retryable"),
    [
        (Answer(429, {"message": SPOKEN}), LIMIT, True),
        (Answer(456, {"message": SPOKEN}), LIMIT, False),
        (Answer(403, {"message": KEY}), API, False),
        (Answer(401, {"message": KEY}), API, False),
        (Answer(400, {"message": SPOKEN}), ErrorCode.MODEL_ERROR, False),
        (Answer(413, {"message": SPOKEN}), ErrorCode.MODEL_ERROR, False),
        (Answer(500, {"message": SPOKEN}), API, True),
        (Answer(503, {"message": SPOKEN}), API, True),
        (Answer(529, b"<html>" + SPOKEN.encode()), API, True),
        (Answer(200, b"<html>not json"), API, True),
        (Answer(200, b"\xff\xfe\x00"), API, True),
        (Answer(200, b""), API, True),
        (Answer(200, b"[1]"), API, True),
        (Answer(200, {"translations": []}), API, True),
        (Answer(200, {"translations": [{"text": 3}]}), API, True),
        (Answer(200, {"translations": [{"text": "hola", "detected_source_language": "EN"}]}), API, True),
        (Answer(200, b" " * (2 << 20)), API, True),
        ("drop", API, True),
        ("drop_half", API, True),
        ("hang", ErrorCode.TIMEOUT, True),
        ("drip", ErrorCode.TIMEOUT, True),
    ],
    ids=lambda value: str(value)[:40],
)
async def test_each_failure_has_its_code_and_is_tried_once(
    engine: DeepL, provider: Provider, act: Act, code: ErrorCode, retryable: bool
) -> None:
    provider.script = [act]
    patient_s = engine._limit_s
    engine._limit_s = SOON_S if act in ("hang", "drip") else patient_s
    error = await failure(engine)
    engine._limit_s = patient_s
    assert (error.code, error.retryable) == (code, retryable)
    assert len(provider.asked) == 1
    assert (await engine.translate("hello", "en", "es", "")).text == "[ES] hello"


async def test_nobody_listening_is_an_unreachable_provider(provider: Provider) -> None:
    engine = SPEC.make(settings(provider, deepl_server_url="http://127.0.0.1:9"))
    assert (await failure(engine)).code == API
    await engine.close()


async def test_a_server_that_says_when_to_come_back_in_time_is_asked_once_more(provider: Provider) -> None:
    engine = SPEC.make(settings(provider))
    provider.script = [Answer(429, headers={"Retry-After": "1"})]
    assert (await engine.translate("hello", "en", "es", "")).text == "[ES] hello"
    first, second = provider.asked
    assert second.at_s - first.at_s >= 1
    await engine.close()


async def test_it_is_not_asked_a_third_time(engine: DeepL, provider: Provider) -> None:
    provider.script = [Answer(429, headers={"Retry-After": "0"})] * 2
    assert (await failure(engine)).code == LIMIT
    assert len(provider.asked) == 2


@pytest.mark.parametrize("header", ["30", "soon", "-1", ""])
async def test_too_late_or_unclear_a_retry_is_not_made(
    engine: DeepL, provider: Provider, header: str
) -> None:
    provider.script = [Answer(429, headers={"Retry-After": header})]
    assert (await failure(engine)).code == LIMIT
    assert len(provider.asked) == 1


async def test_a_date_to_come_back_at_is_understood(engine: DeepL, provider: Provider) -> None:
    past = format_datetime(datetime.now(UTC) - timedelta(seconds=5), usegmt=True)
    later = format_datetime(datetime.now(UTC) + timedelta(minutes=5), usegmt=True)
    provider.script = [
        Answer(429, headers={"Retry-After": past}),
        Answer(429, headers={"Retry-After": later}),
    ]
    assert (await failure(engine)).code == LIMIT
    assert len(provider.asked) == 2


async def test_a_provider_that_fails_again_and_again_is_left_alone(engine: DeepL, provider: Provider) -> None:
    provider.script = [Answer(500)] * 5
    for _ in range(5):
        await failure(engine)
    error = await failure(engine)
    assert (error.code, error.retryable) == (API, True)
    assert len(provider.asked) == 5


async def test_a_call_that_was_to_try_again_and_is_given_up_lets_the_next_one_try(
    engine: DeepL, provider: Provider
) -> None:
    engine._breaker.pause_s = 0
    provider.script = [Answer(500)] * 5
    for _ in range(5):
        await failure(engine)
    provider.was_asked.clear()
    provider.script = ["hang"]
    patient_s, engine._limit_s = engine._limit_s, SOON_S
    call = asyncio.create_task(engine.translate("hello", "en", "es", ""))
    await asyncio.to_thread(provider.was_asked.wait, 20)
    call.cancel()
    await asyncio.wait([call])
    engine._limit_s = patient_s
    assert (await engine.translate("hello", "en", "es", "")).text == "[ES] hello"


@pytest.mark.parametrize("status", [403, 429, 456])
async def test_a_refusal_is_no_reason_to_leave_it_alone(
    engine: DeepL, provider: Provider, status: int
) -> None:
    provider.script = [Answer(status)] * 8
    for _ in range(8):
        await failure(engine)
    assert len(provider.asked) == 8


async def test_concurrent_calls_are_bounded_and_each_gets_its_own_answer(
    engine: DeepL, provider: Provider
) -> None:
    provider.takes_s = 0.05
    calls = [engine.translate(f"text {n}", "en", "es", "") for n in range(30)]
    async with asyncio.timeout(20):
        answers = await asyncio.gather(*calls)
    assert [answer.text for answer in answers] == [f"[ES] text {n}" for n in range(30)]
    assert 1 < provider.most_at_once <= CONCURRENCY


async def test_the_loop_runs_on_while_the_provider_hangs(engine: DeepL, provider: Provider) -> None:
    provider.script = ["hang"] * 3
    engine._limit_s = SOON_S
    calls = [asyncio.create_task(failure(engine)) for _ in range(3)]
    turns = 0
    while not all(call.done() for call in calls):
        await asyncio.sleep(0.01)
        turns += 1
    assert turns > 20
    assert {call.result().code for call in calls} == {ErrorCode.TIMEOUT}


async def test_cancelled_calls_leave_no_thread_behind(provider: Provider) -> None:
    engine = SPEC.make(settings(provider, translation_timeout_ms=1000))
    provider.script = ["hang"] * 40
    calls = [asyncio.create_task(engine.translate("hello", "en", "es", "")) for _ in range(40)]
    await asyncio.to_thread(provider.was_asked.wait, 20)
    for call in calls:
        call.cancel()
    await asyncio.gather(*calls, return_exceptions=True)
    assert all(call.cancelled() for call in calls)
    # What waited for a thread is never sent.
    assert len(provider.asked) <= CONCURRENCY
    async with asyncio.timeout(20):
        await engine.close()
    assert not [thread for thread in threading.enumerate() if thread.name.startswith("deepl")]


async def test_neither_key_nor_text_is_logged_even_when_all_is(
    engine: DeepL, provider: Provider, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    provider.script = ["usual", Answer(403, {"message": KEY}), "drop"]
    await engine.translate(SPOKEN, "en", "es", "")
    await failure(engine)
    await failure(engine)
    assert KEY not in caplog.text
    assert SPOKEN not in caplog.text


def test_without_a_key_it_is_not_here_and_says_what_to_do() -> None:
    with pytest.raises(NotHere, match="DEEPL_API_KEY"):
        SPEC.check(EngineSettings())


def test_without_its_client_it_is_not_here_and_says_what_to_do(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sts_service.translation.deepl.find_spec", lambda name: None)
    with pytest.raises(NotHere, match=r"pip install sts-service\[deepl\]"):
        SPEC.check(EngineSettings(deepl_api_key=KEY))
