"""One orchestrator a state folder: the kernel lets go of the lock when its holder dies, however it dies."""

import fcntl
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from media_service.orchestrator.errors import SettingsWrong


@contextmanager
def only_one(state_dir: Path) -> Iterator[None]:
    """Raises `SettingsWrong`."""
    try:
        state_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
        # Not handed on to what is started: a worker must not keep the folder locked.
        with (state_dir / "lock").open("a") as file:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                raise SettingsWrong("LIVEDUB_STATE_DIR: another orchestrator runs in this folder") from None
            yield
    except OSError as error:
        raise SettingsWrong(f"LIVEDUB_STATE_DIR: {state_dir}: {error.strerror}") from None
