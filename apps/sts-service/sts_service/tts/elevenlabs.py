"""ElevenLabs, by its HTTP interface."""

import asyncio
import time
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

import numpy as np
from dubbing_protocol import ErrorCode

from sts_service.engines import Card, EngineError, EngineSettings, EngineSpec, NotHere, Offer
from sts_service.engines.breaker import Breaker
from sts_service.engines.card import primary
from sts_service.tts import Speech, Voice
from sts_service.tts.elevenlabs_errors import refused

if TYPE_CHECKING:
    import aiohttp

SERVER_URL = "https://api.elevenlabs.io"
RATE_HZ = 24_000
CONCURRENCY = 8
SLOWEST, FASTEST = 0.7, 1.2
DEFAULT_VOICE = "JBFqnCBsd6RMkjVDRZzb"
"""One that every account has; it speaks all of the languages."""
LANGUAGES = (
    "ar", "bg", "cs", "da", "de", "el", "en", "es", "fi", "fil", "fr", "hi", "hr", "hu", "id",
    "it", "ja", "ko", "ms", "nl", "no", "pl", "pt", "ro", "ru", "sk", "sv", "ta", "tr", "uk", "vi",
    "zh",
)  # fmt: skip
_VOICE_SETTINGS = ("stability", "similarity_boost", "style", "use_speaker_boost")
_CHARACTERS_OF_6_S = 150
_SHARE_OF_STAGE_TIMEOUT = 0.9
"""So that it is this engine that learns of a provider which hangs, and not only the stage."""
_MOST_BYTES = 64 << 20


class ElevenLabs:
    """A voice of voices.json may say `voice_id`, `model` and the API's voice settings."""

    def __init__(self, session: "aiohttp.ClientSession", settings: EngineSettings) -> None:
        self._session = session
        self._model = settings.elevenlabs_model
        self._limit_s = settings.tts_timeout_ms / 1000 * _SHARE_OF_STAGE_TIMEOUT
        self._breaker = Breaker()

    async def speak(self, text: str, language: str, voice: Voice, speed: float = 1.0) -> Speech:
        if primary(language) not in LANGUAGES:
            raise EngineError(ErrorCode.UNSUPPORTED_LANGUAGE, f"ElevenLabs does not speak {language}")
        if not text.strip():
            return Speech(np.zeros(0, np.float32), RATE_HZ)
        if not self._breaker.admits(time.monotonic_ns()):
            raise EngineError(
                ErrorCode.MODEL_ERROR, "ElevenLabs did not answer lately, and is left alone for a while"
            )
        try:
            async with asyncio.timeout(self._limit_s * max(1, len(text) / _CHARACTERS_OF_6_S)):
                status, body = await self._post(voice, self._request(text, language, voice, speed))
        except asyncio.CancelledError:
            self._breaker.abandoned()
            raise
        except Exception as error:
            self._breaker.failed(time.monotonic_ns())
            # Not chained: the client's messages may quote the headers.
            raise _unanswered(error) from None
        return self._answered(status, body)

    def _request(self, text: str, language: str, voice: Voice, speed: float) -> dict[str, Any]:
        how = {name: voice[name] for name in _VOICE_SETTINGS if name in voice}
        how["speed"] = min(max(speed, SLOWEST), FASTEST)
        model = voice.get("model", self._model)
        request = {"text": text, "model_id": model, "voice_settings": how}
        # The other models find the language by themselves, and refuse to be told.
        if "_v2_5" in model or "_v3" in model:
            request["language_code"] = primary(language)
        return request

    async def _post(self, voice: Voice, request: dict[str, Any]) -> tuple[int, bytes]:
        path = f"/v1/text-to-speech/{quote(str(voice.get('voice_id', DEFAULT_VOICE)), safe='')}"
        output = {"output_format": f"pcm_{RATE_HZ}"}
        # A redirect would carry the key to another server.
        async with self._session.post(path, params=output, json=request, allow_redirects=False) as response:
            body = bytearray()
            async for piece in response.content.iter_any():
                body += piece
                if len(body) > _MOST_BYTES:
                    raise ValueError("the answer is too large")
            if response.status < 400 and not _is_sound(response, body):
                raise ValueError("the answer is no sound")
            return response.status, bytes(body)

    def _answered(self, status: int, body: bytes) -> Speech:
        if status >= 500:
            self._breaker.failed(time.monotonic_ns())
        else:
            self._breaker.answered()
        if status >= 400:
            raise refused(status, body)
        samples = np.frombuffer(body, "<i2").astype(np.float32) / np.float32(32768)
        return Speech(samples.astype(np.float32, copy=False), RATE_HZ)

    async def close(self) -> None:
        await self._session.close()


def _is_sound(response: "aiohttp.ClientResponse", body: bytearray) -> bool:
    is_text = response.content_type in ("application/json", "text/html")
    return response.status == 200 and not is_text and len(body) > 0 and len(body) % 2 == 0


def _unanswered(error: Exception) -> EngineError:
    if isinstance(error, TimeoutError):
        return EngineError(ErrorCode.TIMEOUT, "ElevenLabs did not answer in time")
    if isinstance(error, ValueError):
        return EngineError(ErrorCode.MODEL_ERROR, "ElevenLabs gave an unreadable answer")
    return EngineError(ErrorCode.MODEL_ERROR, "ElevenLabs cannot be reached")


def _check(settings: EngineSettings) -> Offer:
    if settings.elevenlabs_api_key is None:
        raise NotHere("no key: set ELEVENLABS_API_KEY")
    if find_spec("aiohttp") is None:
        raise NotHere("its HTTP client is not installed: pip install sts-service[elevenlabs]")
    return Offer(model=settings.elevenlabs_model, targets=LANGUAGES)


def _make(settings: EngineSettings) -> ElevenLabs:
    _check(settings)
    import aiohttp

    session = aiohttp.ClientSession(
        base_url=settings.elevenlabs_server_url or SERVER_URL,
        headers={"xi-api-key": str(settings.elevenlabs_api_key)},
        connector=aiohttp.TCPConnector(limit=CONCURRENCY),
        # Ours is around the whole call.
        timeout=aiohttp.ClientTimeout(total=None),
    )
    return ElevenLabs(session, settings)


SPEC: EngineSpec[ElevenLabs] = EngineSpec(
    card=Card(
        name="elevenlabs",
        stage="tts",
        kind="cloud",
        code_licence="Apache-2.0",
        weights_licence="a paid service",
        needs="ELEVENLABS_API_KEY, the network, and pip install sts-service[elevenlabs]",
        home="loop",
        concurrency=CONCURRENCY,
        rate_hz=RATE_HZ,
        speed_range=(SLOWEST, FASTEST),
    ),
    check=_check,
    make=_make,
)
