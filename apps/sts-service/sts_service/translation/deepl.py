"""DeepL, by its official client."""

import asyncio
import logging
import time
from functools import partial
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any

from dubbing_protocol import ErrorCode

from sts_service.engines import Card, EngineError, EngineSettings, EngineSpec, NotHere, Offer
from sts_service.engines.breaker import Breaker
from sts_service.engines.threads import Threads
from sts_service.translation import Translation
from sts_service.translation.deepl_languages import LANGUAGES, source_code, target_code

if TYPE_CHECKING:
    from sts_service.translation.deepl_client import Client

CONCURRENCY = 8
_CHARACTERS_OF_6_S = 150
_SHARE_OF_STAGE_TIMEOUT = 0.9
"""So that it is this engine that learns of a provider which hangs, and not only the stage."""
_LEFT_FOR_RETRY_S = 0.2


class DeepL:
    def __init__(self, client: "Client", settings: EngineSettings) -> None:
        self._client = client
        self._limit_s = settings.translation_timeout_ms / 1000 * _SHARE_OF_STAGE_TIMEOUT
        self._options = {
            "formality": settings.deepl_formality,
            "glossary": settings.deepl_glossary_id,
            "model_type": settings.deepl_model_type,
            # Line ends mean nothing in speech.
            "split_sentences": "nonewlines",
        }
        self._threads = Threads(CONCURRENCY, "deepl")
        self._breaker = Breaker()

    async def translate(self, text: str, source: str, target: str, context: str) -> Translation:
        from_code, to_code = source_code(source), target_code(target)
        if from_code is None or to_code is None:
            raise EngineError(ErrorCode.UNSUPPORTED_LANGUAGE, f"DeepL does not know {source} to {target}")
        if not text.strip():
            return Translation("")
        if not self._breaker.admits(time.monotonic_ns()):
            raise EngineError(
                ErrorCode.TRANSLATION_API_UNAVAILABLE,
                "DeepL did not answer lately, and is left alone for a while",
            )
        options = {
            "source_lang": from_code,
            "target_lang": to_code,
            "context": context or None,
            **self._options,
        }
        try:
            translated, billed = await self._within(
                self._limit_s * max(1, len(text) / _CHARACTERS_OF_6_S), text, options
            )
        except asyncio.CancelledError:
            self._breaker.abandoned()
            raise
        except Exception as error:
            # Not chained: the client's messages quote what was sent and answered.
            failure, shows_it_at_work = classified(error)
            if shows_it_at_work:
                self._breaker.answered()
            else:
                self._breaker.failed(time.monotonic_ns())
            raise failure from None
        self._breaker.answered()
        return Translation(translated, billed)

    async def _within(self, limit_s: float, text: str, options: dict[str, Any]) -> tuple[str, int]:
        """One try; one more where the server says when, and that is in time."""
        from sts_service.translation.deepl_client import Throttled

        deadline_ns = time.monotonic_ns() + round(limit_s * 1e9)
        call = partial(self._client.translate, text, deadline_ns, **options)
        # Beyond the deadline only where the thread hangs in what has no time-out, such as looking up a name.
        async with asyncio.timeout(limit_s * 1.05):
            try:
                return await self._threads.run(call)
            except Throttled as throttled:
                wait_s = throttled.retry_after_s
                left_s = (deadline_ns - time.monotonic_ns()) / 1e9
                if wait_s is None or wait_s > left_s - _LEFT_FOR_RETRY_S:
                    raise
                await asyncio.sleep(wait_s)
                return await self._threads.run(call)

    async def close(self) -> None:
        await self._threads.close()
        self._client.give_back()


def classified(error: Exception) -> tuple[EngineError, bool]:
    """What the fragment is told; and does the failure show that the provider is at work?"""
    from sts_service.translation.deepl_client import Throttled, TooLate

    if isinstance(error, (TooLate, TimeoutError)):
        return EngineError(ErrorCode.TIMEOUT, "DeepL did not answer in time"), False
    if isinstance(error, Throttled):
        return EngineError(ErrorCode.RATE_LIMIT_EXCEEDED, "DeepL: too many requests (429)"), True
    status = getattr(error, "http_status_code", None)
    if status is None:
        broken = (
            "cannot be reached"
            if type(error).__name__ == "ConnectionException"
            else "gave an unreadable answer"
        )
        return EngineError(ErrorCode.TRANSLATION_API_UNAVAILABLE, f"DeepL {broken}"), False
    if status >= 500:
        return EngineError(ErrorCode.TRANSLATION_API_UNAVAILABLE, f"DeepL is in trouble ({status})"), False
    code, why = _REFUSALS.get(status, (ErrorCode.MODEL_ERROR, "refuses the request"))
    # The same thing would be refused again.
    return EngineError(code, f"DeepL {why} ({status})", retryable=False), True


_REFUSALS = {
    401: (ErrorCode.TRANSLATION_API_UNAVAILABLE, "refuses the key"),
    403: (ErrorCode.TRANSLATION_API_UNAVAILABLE, "refuses the key"),
    456: (ErrorCode.RATE_LIMIT_EXCEEDED, "has translated all characters of the account's quota"),
}


def _check(settings: EngineSettings) -> Offer:
    if settings.deepl_api_key is None:
        raise NotHere("no key: set DEEPL_API_KEY")
    if find_spec("deepl") is None:
        raise NotHere("its client is not installed: pip install sts-service[deepl]")
    return Offer(model=settings.deepl_model_type, sources=LANGUAGES, targets=LANGUAGES)


def _make(settings: EngineSettings) -> DeepL:
    _check(settings)
    from sts_service.translation.deepl_client import Client

    # It logs what is translated.
    logging.getLogger("deepl").setLevel(logging.WARNING)
    return DeepL(Client(str(settings.deepl_api_key), settings.deepl_server_url), settings)


SPEC: EngineSpec[DeepL] = EngineSpec(
    card=Card(
        name="deepl",
        stage="translation",
        kind="production",
        code_licence="MIT",
        weights_licence="a paid service",
        needs="DEEPL_API_KEY, the network, and pip install sts-service[deepl]",
        home="loop",
        concurrency=CONCURRENCY,
    ),
    check=_check,
    make=_make,
)
