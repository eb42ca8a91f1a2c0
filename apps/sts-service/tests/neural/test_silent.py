"""onnxruntime keeps a number of the machine at home and tells its maker how it is used: not here."""

import os
import subprocess
import sys
from pathlib import Path

from neural import tiny_onnx

SPEAK = """
import asyncio, sys
from sts_service.engines import EngineSettings
from sts_service.tts import kokoro, piper

async def speak(made):
    await made.speak("El presidente visita hoy la capital.", "es", {})
    await made.close()

for engine in (kokoro, piper):
    asyncio.run(speak(engine.make(EngineSettings(model_path=sys.argv[1]))))
"""


def test_the_voices_that_run_on_it_leave_nothing_behind(tmp_path: Path) -> None:
    tiny_onnx.kokoro(tmp_path / "models" / "kokoro", {"ef_dora": 0.3})
    tiny_onnx.piper(tmp_path / "models" / "piper", "es_ES-tiny-low", "es_ES")
    home, folder = tmp_path / "home", tmp_path / "temp"
    home.mkdir()
    folder.mkdir()
    # Where CI is set it tells nothing anyway.
    env = {name: value for name, value in os.environ.items() if name not in ("CI", "ORT_DISABLE_TELEMETRY")}
    env |= {"HOME": str(home), "TMPDIR": str(folder)}
    env.pop("XDG_CACHE_HOME", None)
    told = subprocess.run(
        [sys.executable, "-c", SPEAK, str(tmp_path / "models")],
        env=env,
        capture_output=True,
        text=True,
        timeout=100,
    )
    assert told.returncode == 0, told.stderr[-1000:]
    left = [path for root in (home, folder) for path in root.rglob("*") if path.is_file()]
    assert left == []
