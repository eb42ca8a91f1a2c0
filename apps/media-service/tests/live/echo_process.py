"""The process of `EchoProcess`: the echo service, which looks into a file for what to simulate."""

import sts_service.server.lean  # noqa: F401, I001 - before everything that imports socketio

import asyncio
import base64
import json
import os
import sys
import threading
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from dubbing_protocol import Audio, ErrorSimulation, FragmentData, StreamInit, audio_bytes
from fragment_audio import m4a
from media_service.audio.lane import to_lane
from media_service.timeline.units import RATE_HZ
from sts_service.echo import EchoSettings
from sts_service.echo.processor import EchoProcessor, EchoStream
from sts_service.server.app import StsApp, create_app
from sts_service.server.processor import Result, StreamControl
from sts_service.server.run import main


class Script:
    """What the test has written; `changed` gives it once each time it is another."""

    def __init__(self, file: Path) -> None:
        self._file = file
        self._version = -1
        self._said: dict[str, Any] = {}

    def read(self) -> tuple[int, ErrorSimulation, str]:
        """The version, the rules, and the voice."""
        version = self._file.stat().st_mtime_ns
        if version != self._version:
            self._version, self._said = version, json.loads(self._file.read_text())
        simulation = ErrorSimulation.from_wire(self._said["simulation"])
        return self._version, simulation, self._said["voice"]


class ScriptedEcho(EchoProcessor):
    def __init__(self, script: Script, processing_delay_ms: int) -> None:
        super().__init__(processing_delay_ms)
        self.script = script
        self.delay_s = processing_delay_ms / 1000

    def open(self, stream: StreamInit, control: StreamControl) -> "ScriptedStream":
        return ScriptedStream(self, stream, control)


class ScriptedStream(EchoStream):
    def __init__(self, echo: ScriptedEcho, stream: StreamInit, control: StreamControl) -> None:
        super().__init__(echo, stream, control, echo.delay_s)
        self._script = echo.script
        self._version = 0
        self._inverting = (
            {"inverted"} if stream.config.target_language != "fr" else {"inverted", "by_language"}
        )

    async def process(self, fragment: FragmentData) -> Result:
        version, simulation, voice = self._script.read()
        if version != self._version:
            self._version = version
            self.simulate(simulation)
        result = await super().process(fragment)
        if voice in self._inverting and result.dubbed_audio is fragment.audio:
            return replace(result, dubbed_audio=await asyncio.to_thread(_inverted, fragment.audio))
        return result


def _inverted(audio: Audio) -> Audio:
    samples, rate_hz = m4a.decode(audio_bytes(audio))
    dub = -to_lane(samples, rate_hz)
    # A beep in the encoder's first frame it turns into a click; so that frame is silence, and not heard.
    data = m4a.encode(dub, rate_hz=RATE_HZ, bit_rate=320_000, preroll=np.zeros_like(dub[:4096]))
    return Audio.model_construct(
        format="m4a",
        sample_rate_hz=audio.sample_rate_hz,
        channels=audio.channels,
        duration_ms=audio.duration_ms,
        samples=audio.samples,
        data_base64=None if audio.data is not None else base64.b64encode(data).decode(),
        data=data if audio.data is not None else None,
    )


def _end_with_parent() -> None:
    """A parent that is killed cannot end its children; but it closes their stdin."""
    while os.read(0, 1):
        pass
    os._exit(1)


if __name__ == "__main__":
    threading.Thread(target=_end_with_parent, daemon=True).start()
    script = Script(Path(sys.argv[1]))

    def make_app(settings: EchoSettings) -> StsApp:
        return create_app(settings, ScriptedEcho(script, settings.echo_processing_delay_ms))

    sys.exit(main(EchoSettings, make_app, prog="echo", description="", arguments=sys.argv[2:]))
