"""The processor that returns what it was sent, and pretends whatever trouble it was told to."""

import asyncio

from dubbing_protocol import (
    ERRORS,
    Audio,
    ErrorCode,
    ErrorSimulation,
    FragmentData,
    ResultMetadata,
    SimulationRule,
    StreamInit,
    UnreadableAudio,
    audio_bytes,
)

from sts_service.echo.simulation import FaultPlan
from sts_service.server.processor import Processor, Readiness, Result, StreamControl, StreamProcessor, failure

MAX_REFUSALS = 1000
"""Streams whose next handshake is to be refused, remembered at once."""


class EchoProcessor(Processor):
    """Opens echo streams."""

    batch_processing = True

    def __init__(self, processing_delay_ms: int = 0, simulation: ErrorSimulation | None = None) -> None:
        """`simulation`: what every new stream begins with."""
        self._delay_s = processing_delay_ms / 1000
        self._simulation = simulation
        self._refuse_next: dict[str, None] = {}

    def open(self, stream: StreamInit, control: StreamControl) -> StreamProcessor:
        opened = EchoStream(self, stream, control, self._delay_s)
        if self._simulation is not None:
            opened.simulate(self._simulation)
        return opened

    def admits(self, stream_id: str | None) -> bool:
        if stream_id not in self._refuse_next:
            return True
        del self._refuse_next[stream_id]
        return False

    def readiness(self) -> Readiness:
        return Readiness(ready=True, detail={"service": "echo", "engines": {}})

    def refuse_next_handshake(self, stream_id: str) -> None:
        if len(self._refuse_next) >= MAX_REFUSALS:
            del self._refuse_next[next(iter(self._refuse_next))]
        self._refuse_next[stream_id] = None


class EchoStream(StreamProcessor):
    """Echoes one stream."""

    def __init__(
        self, echo: EchoProcessor, stream: StreamInit, control: StreamControl, delay_s: float
    ) -> None:
        self._echo = echo
        self._stream = stream
        self._control = control
        self._delay_s = delay_s
        self._plan = FaultPlan()

    def simulate(self, simulation: ErrorSimulation) -> int:
        self._plan.replace(simulation)
        self.simulated_rules = len(self._plan)
        return self.simulated_rules

    async def process(self, fragment: FragmentData) -> Result:
        rule, pressure = self._plan.next(fragment)
        if pressure:
            self._control.announce_pressure(pressure)
        delay_s = self._delay_s + (rule.delay_ms or 0) / 1000 if rule else self._delay_s
        if delay_s:
            await asyncio.sleep(delay_s)
        if rule and rule.error_code is ErrorCode.AUTH_FAILED:
            self._echo.refuse_next_handshake(self._stream.stream_id)
        if rule:
            faulty = self._faulty(rule, fragment)
            if faulty:
                return faulty
        return self._echoed(fragment)

    def _faulty(self, rule: SimulationRule, fragment: FragmentData) -> Result | None:
        """What the rule makes of the fragment; None where it was only delayed."""
        match rule.kind:
            case "delay":
                return None
            case "corrupt_audio":
                return self._echoed(fragment, corrupt=True)
            case "disconnect":
                self._control.cut()
        code = rule.error_code or ErrorCode.MODEL_ERROR
        message = rule.error_message or f"simulated: {ERRORS[code].when}"
        withheld = rule.kind != "failed"
        return failure(code, message, stage=rule.stage, retryable=rule.retryable, withheld=withheld)

    def _echoed(self, fragment: FragmentData, *, corrupt: bool = False) -> Result:
        try:
            audio_bytes(fragment.audio)
        except UnreadableAudio as error:
            return failure(ErrorCode.INVALID_AUDIO, str(error))
        config, number = self._stream.config, fragment.sequence_number
        return Result(
            status="success",
            dubbed_audio=_corrupted(fragment.audio) if corrupt else _returned(fragment.audio),
            transcript=f"[ECHO] fragment {number} ({config.source_language})",
            translated_text=f"[ECHO] fragment {number} ({config.target_language})",
            metadata=ResultMetadata(
                asr_model="echo", translation_model="echo", tts_model="echo", speed_ratio=1.0
            ),
        )


def _returned(audio: Audio) -> Audio:
    """The audio alone: what else a client put beside it is not sent back."""
    if not audio.model_extra:
        return audio
    return Audio.model_construct(**{name: getattr(audio, name) for name in Audio.model_fields})


def _corrupted(audio: Audio) -> Audio:
    """The same piece of sound with a payload that nobody can read, and of about its size."""
    if audio.data is not None:
        return audio.model_copy(update={"data": b"\xff" * len(audio.data)})
    return audio.model_copy(update={"data_base64": "!" + (audio.data_base64 or "")[1:]})
