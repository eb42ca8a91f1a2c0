"""Log lines of this room: the fields go with the record, never into the text; no sound, no text of speech."""

import logging
from typing import Any

_logger = logging.getLogger("media_service.sts")


class Log:
    def __init__(self, **fields: Any) -> None:
        self.fields = fields
        """In every line."""

    def debug(self, message: str, **fields: Any) -> None:
        self._line(logging.DEBUG, message, fields)

    def info(self, message: str, **fields: Any) -> None:
        self._line(logging.INFO, message, fields)

    def warning(self, message: str, **fields: Any) -> None:
        self._line(logging.WARNING, message, fields)

    def error(self, message: str, **fields: Any) -> None:
        self._line(logging.ERROR, message, fields)

    def _line(self, level: int, message: str, fields: dict[str, Any]) -> None:
        if _logger.isEnabledFor(level):
            _logger.log(level, message, extra={"fields": {**self.fields, **fields}})
