"""What a worker says, in the words of the protocol, over whichever client carries it."""

import asyncio
import itertools
from abc import ABC, abstractmethod
from typing import Any, Self

from wire.contract import Payload
from wire.inbox import Inbox
from wire.payloads import STREAM, WORKER, audio_payload, fragment_payload, init_payload, now_ms, sound

_strangers = itertools.count(1)


class Worker(Inbox, ABC):
    def __init__(self) -> None:
        super().__init__()
        self.stream_id = STREAM

    @abstractmethod
    async def emit(self, event: str, payload: Any) -> None:
        """Send one event with one payload; bytes inside travel as attachments."""

    @abstractmethod
    async def close(self) -> None:
        """Leave, whatever state the connection is in."""

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.close()

    async def init(self, stream_id: str = STREAM, worker_id: str = WORKER, **changes: Any) -> Payload:
        """Open a session; the `stream:ready` that answers."""
        self.stream_id = stream_id
        await self.emit("stream:init", init_payload(stream_id, worker_id, **changes))
        return await self.expect("stream:ready")

    async def send(self, sequence_number: int, fragment_id: str | None = None, **changes: Any) -> str:
        """Send a fragment and do not wait; its id."""
        payload = fragment_payload(
            sequence_number, stream_id=self.stream_id, fragment_id=fragment_id, **changes
        )
        await self.emit("fragment:data", payload)
        return str(payload["fragment_id"])

    async def send_sound(self, sequence_number: int, data: bytes, *, binary: bool = False) -> str:
        return await self.send(sequence_number, audio=audio_payload(data, binary=binary))

    async def accepted(self, sequence_number: int, fragment_id: str | None = None, **changes: Any) -> str:
        """Send a fragment and see it acknowledged; its id."""
        fragment_id = await self.send(sequence_number, fragment_id, **changes)
        await self.answer("fragment:ack", fragment_id)
        return fragment_id

    async def refused(self, sequence_number: int, fragment_id: str | None = None, **changes: Any) -> Payload:
        """Send a fragment and see it refused; the `error`."""
        fragment_id = await self.send(sequence_number, fragment_id, **changes)
        return await self.answer("error", fragment_id)

    async def result(self, fragment_id: str, timeout: float = 30) -> Payload:
        return await self.answer("fragment:processed", fragment_id, timeout)

    async def round_trip(
        self, sequence_number: int, fragment_id: str | None = None, **changes: Any
    ) -> Payload:
        """Send a fragment, see it acknowledged and take its result."""
        fragment_id = await self.accepted(sequence_number, fragment_id, **changes)
        return await self.result(fragment_id)

    async def skip(self, *sequence_numbers: int) -> None:
        await self.emit(
            "fragment:skip", {"stream_id": self.stream_id, "sequence_numbers": list(sequence_numbers)}
        )

    async def pause(self) -> None:
        await self.emit("stream:pause", {"stream_id": self.stream_id})

    async def resume(self) -> None:
        await self.emit("stream:resume", {"stream_id": self.stream_id})

    async def end(self) -> None:
        await self.emit("stream:end", {"stream_id": self.stream_id, "reason": "the test is over"})

    async def complete(self, timeout: float = 30) -> Payload:
        """End the stream; the `stream:complete` that answers."""
        await self.end()
        return await self.expect("stream:complete", timeout)

    async def confirm(self, fragment_id: str, status: str = "applied") -> None:
        await self.emit("fragment:ack", {"fragment_id": fragment_id, "status": status, "timestamp": now_ms()})

    async def simulate(self, *rules: Payload, **more: Any) -> Payload:
        """Configure faults; the answer."""
        configuration = {"enabled": True, "rules": list(rules), **more}
        self.conversation.simulating(configuration)
        await self.emit("config:error_simulation", configuration)
        return await self.expect("config:error_simulation:ack", status="configured")

    async def stop_simulating(self) -> None:
        await self.emit("config:error_simulation", {"enabled": False, "rules": []})
        await self.expect("config:error_simulation:ack", status="configured")

    async def quiet(self, seconds: float = 0.12) -> None:
        """Give the server time to say what it should not: until it has answered a question, and longer."""
        question = f"question-{next(_strangers)}"
        await self.emit("fragment:data", fragment_payload(0, stream_id="stranger", fragment_id=question))
        await self.answer("error", question)
        await asyncio.sleep(seconds)

    def delivered(self) -> list[int]:
        """The sequence numbers of the results so far, in order of arrival."""
        return [result["sequence_number"] for result in self.all("fragment:processed")]

    def codes(self) -> list[str]:
        """The codes of the `error` events so far, `quiet` questions left out."""
        return [
            error["code"]
            for error in self.all("error")
            if not str(error.get("fragment_id", "")).startswith("question-")
        ]

    def levels(self) -> list[tuple[str, int]]:
        """Severity and count in flight of the `backpressure` events so far."""
        return [(event["severity"], event["current_inflight"]) for event in self.all("backpressure")]


def same_sound(result: Payload, sequence_number: int) -> bool:
    """Whether the result carries what `send` sent under this number."""
    expected = audio_payload(sound(sequence_number))["data_base64"]
    return bool(result["dubbed_audio"].get("data_base64") == expected)
