"""The echo service as a process on a fixed port: killed, frozen, started again, told to misbehave."""

import json
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Literal

from media_service.testmedia.program import Program
from servers.ports import LOCAL, free_port, listens

Voice = Literal["same", "inverted", "by_language"]


class EchoProcess(Program):
    """A context manager of either kind; `kill()`, `freeze()`, `thaw()`, and `start()` again on the same port.

    `simulate` takes the rules of `config:error_simulation`, for every stream from its next fragment on. The
    real service's settings are keywords.
    """

    def __init__(
        self, folder: Path, *, name: str = "echo", voice: Voice = "same", **settings: object
    ) -> None:
        """`voice`: "inverted" gives a dub that is the source's sound with its sign changed: as loud, in the
        same place, and yet told from the source; "by_language": that for French, the same for all others.
        """
        folder.mkdir(parents=True, exist_ok=True)
        self.port = free_port()
        self._script = folder / f"{name}.json"
        self._voice = voice
        self.simulate()
        command: list[str | Path] = [
            sys.executable,
            Path(__file__).with_name("echo_process.py"),
            self._script,
        ]
        for key, value in {"port": self.port, "log_format": "json", **settings}.items():
            command += [f"--{key.replace('_', '-')}", str(value)]
        super().__init__(command, folder / f"{name}.log")

    @property
    def url(self) -> str:
        return f"http://{LOCAL}:{self.port}"

    def start(self) -> None:
        super().start()
        self.wait_for(lambda: listens(self.port), "echo service", 60)

    def simulate(
        self,
        *rules: Mapping[str, Any],
        backpressure: Sequence[Mapping[str, Any]] = (),
        voice: Voice | None = None,
    ) -> None:
        """Replaces what was simulated before; nothing given: nothing is simulated."""
        self._voice = voice or self._voice
        simulation = {"enabled": True, "rules": list(rules), "backpressure": list(backpressure)}
        draft = self._script.with_suffix(".part")
        draft.write_text(json.dumps({"simulation": simulation, "voice": self._voice}))
        draft.replace(self._script)
