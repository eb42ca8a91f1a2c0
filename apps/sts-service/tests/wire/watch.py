"""The fixtures that no test can forget: invalid payloads, leaked tasks and swallowed exceptions fail it."""

import asyncio
import gc
import inspect
import logging
from collections.abc import AsyncIterator, Iterator
from typing import Any

import pytest

from wire import verdict

_WATCHED = ("uvicorn", "engineio", "socketio", "sts_service", "asyncio", "websockets")


class _ErrorRecords(logging.Handler):
    def __init__(self) -> None:
        super().__init__(logging.ERROR)
        self.messages: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        if record.name.split(".")[0] in _WATCHED:
            text = logging.Formatter("%(name)s: %(message)s").format(record)
            if text not in self.messages:
                self.messages.append(text)


@pytest.fixture(autouse=True)
def every_payload_is_valid() -> Iterator[None]:
    """Fails the test over any payload, of any client in it, that the protocol does not allow."""
    verdict.complaints.clear()
    yield
    complaints = list(verdict.complaints)
    verdict.complaints.clear()
    assert not complaints, "the server said what the protocol forbids:\n" + "\n".join(complaints)


@pytest.fixture(autouse=True)
def nothing_is_left_behind(request: pytest.FixtureRequest) -> Iterator[None]:
    """Fails a test that leaks a task, leaves an exception to the loop or has an error logged."""
    records = _ErrorRecords()
    # Python loggers that do not propagate are the rule with uvicorn, so each one gets the handler.
    loggers = [logging.getLogger(name) for name in _WATCHED]
    loggers += [
        logger
        for name, logger in logging.root.manager.loggerDict.items()
        if isinstance(logger, logging.Logger) and name.split(".")[0] in _WATCHED and not logger.propagate
    ]
    for logger in loggers:
        logger.addHandler(records)
    if inspect.iscoroutinefunction(getattr(request, "function", None)):
        request.getfixturevalue("_tasks_and_exceptions")
    yield
    for logger in loggers:
        logger.removeHandler(records)
    if request.node.get_closest_marker("logs_errors") is None:
        assert not records.messages, "errors were logged:\n" + "\n".join(records.messages)


@pytest.fixture
async def _tasks_and_exceptions() -> AsyncIterator[None]:
    loop = asyncio.get_running_loop()
    unhandled: list[str] = []

    def remember(_: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
        unhandled.append(f"{context.get('message')} {context.get('exception')!r}")

    loop.set_exception_handler(remember)
    before = asyncio.all_tasks()
    yield
    leaked = {
        task for task in asyncio.all_tasks() if task not in before and task is not asyncio.current_task()
    }
    if leaked:
        _, leaked = await asyncio.wait(leaked, timeout=1.5)
    for task in leaked:
        task.cancel()
    # A task that failed and that nobody asked says so only when it is collected.
    gc.collect(1)
    await asyncio.sleep(0)
    assert not leaked, "tasks were leaked:\n" + "\n".join(map(repr, leaked))
    assert not unhandled, "exceptions reached the event loop:\n" + "\n".join(unhandled)
