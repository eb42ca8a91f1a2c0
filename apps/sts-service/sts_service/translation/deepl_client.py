"""DeepL's official client, held to one try and to a deadline. Imports it, so is itself imported late.

By itself the client tries up to six times over 18 s, whatever a server says about when to come back, and its
time-outs are those of single reads.
"""

import threading
import time
from contextlib import closing
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any

import deepl
import requests
from deepl.http_client import HttpClient

_MOST_BYTES = 1 << 20
_SHORTEST_TRY_S = 0.05


class Throttled(Exception):
    """429."""

    def __init__(self, retry_after_s: float | None) -> None:
        super().__init__("too many requests")
        self.retry_after_s = retry_after_s


class TooLate(Exception):
    """There was no answer within the deadline."""


class OneTry(HttpClient):
    """`deadline.ns`, a thread's own, is set before each request."""

    def __init__(self) -> None:
        super().__init__(send_platform_info=False)
        self.deadline = threading.local()

    def close(self) -> None:
        self._session.close()

    def request_with_backoff(
        self, method: str, url: str, data: Any, json: Any, headers: Any, stream: bool = False, **kwargs: Any
    ) -> tuple[int, str]:
        """In place of the client's own loop."""
        request = self._prepare_request(method, url, data, json, headers, **kwargs)
        try:
            status, response = self._internal_request(request, stream=True, timeout=self._left_s())
        except deepl.ConnectionException as error:
            if isinstance(error.__cause__, requests.exceptions.Timeout):
                raise TooLate from None
            raise
        if not isinstance(response, requests.Response):
            raise TypeError("no response")
        with closing(response):
            if status == requests.codes.too_many_requests:
                raise Throttled(retry_after_s(response.headers.get("Retry-After")))
            return status, self._body(response)

    def _body(self, response: requests.Response) -> str:
        """Read in pieces, so that a server that drips cannot hold the thread."""
        pieces: list[bytes] = []
        while True:
            self._left_s()
            piece = response.raw.read1(1 << 16, decode_content=True)
            if not piece:
                return b"".join(pieces).decode()
            pieces.append(piece)
            if sum(map(len, pieces)) > _MOST_BYTES:
                raise ValueError("the answer is too large")

    def _left_s(self) -> float:
        left_s: float = (self.deadline.ns - time.monotonic_ns()) / 1e9
        if left_s < _SHORTEST_TRY_S:
            raise TooLate
        return left_s


def retry_after_s(header: str | None) -> float | None:
    """Of seconds or a date; None where there is neither."""
    if header is None:
        return None
    if header.strip().isdecimal():
        return float(header)
    try:
        wait_s = (parsedate_to_datetime(header) - datetime.now(UTC)).total_seconds()
    except (ValueError, TypeError):
        return None
    return max(0.0, wait_s)


class Client(deepl.DeepLClient):
    """May be called from several threads."""

    def __init__(self, key: str, server_url: str | None) -> None:
        super().__init__(key, server_url=server_url)
        self._client = self._one_try = OneTry()

    def translate(self, text: str, deadline_ns: int, **options: Any) -> tuple[str, int]:
        """The translation, and the characters billed for it; `deadline_ns` by the monotonic clock.

        Raises `Throttled`, `TooLate`, and what the official client and its libraries raise.
        """
        self._one_try.deadline.ns = deadline_ns
        result = self.translate_text(text, **options)
        if not isinstance(result, deepl.TextResult) or not isinstance(result.text, str):
            raise TypeError("the answer is no translation")
        return result.text, result.billed_characters

    def give_back(self) -> None:
        """Its connections."""
        self._one_try.close()
