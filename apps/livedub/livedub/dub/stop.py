"""Being told to stop: by Ctrl-C, by a signal, by a terminal that closes."""

import asyncio
import contextlib
import signal
from collections.abc import Callable, Iterator

SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


class Stopped(Exception):
    """Told to stop before the work was done."""

    def __init__(self, told: signal.Signals) -> None:
        super().__init__(told.name)
        self.signal = told


class Stop:
    """The first signal asks for an orderly end, where there is anything to end; another cancels the task."""

    def __init__(self, ask: Callable[[], bool]) -> None:
        """`ask` is False where nothing can end in order yet."""
        self._ask = ask
        self.told: signal.Signals | None = None

    @contextlib.contextmanager
    def heeded(self) -> Iterator[None]:
        """Signals count, and the cancelling of this task by one is `Stopped`."""
        loop, task = asyncio.get_running_loop(), asyncio.current_task()

        def heed(name: signal.Signals) -> None:
            again, self.told = self.told is not None, name
            if (again or not self._ask()) and task is not None:
                task.cancel()

        for name in SIGNALS:
            loop.add_signal_handler(name, heed, name)
        try:
            yield
        except asyncio.CancelledError:
            if self.told is None:
                raise
            raise Stopped(self.told) from None
        finally:
            for name in SIGNALS:
                loop.remove_signal_handler(name)
