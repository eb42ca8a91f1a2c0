"""Takes every key that the orchestrator knows of out of a text; what it knows changes with the streams."""

from collections.abc import Callable, Iterable

from media_service.config.urls import concealer


class Secrets:
    def __init__(self, urls: Iterable[str], words: Iterable[str]) -> None:
        self._urls, self._words = list(urls), list(words)
        self._public: set[str] = set()
        self._by_stream: dict[str, tuple[str, ...]] = {}
        self._conceal: Callable[[str], str] | None = None

    def learn(self, stream_id: str, urls: tuple[str, ...]) -> None:
        if self._by_stream.get(stream_id) != urls:
            self._by_stream[stream_id] = urls
            self._public.add(stream_id)
            self._conceal = None

    def forget(self, stream_id: str) -> None:
        self._public.discard(stream_id)
        if self._by_stream.pop(stream_id, None) is not None:
            self._conceal = None

    def conceal(self, text: str) -> str:
        if self._conceal is None:
            urls = [*self._urls, *(url for urls in self._by_stream.values() for url in urls)]
            # A stream may be named like its key; its name is in every line, and no secret.
            self._conceal = concealer(urls, self._words, public=self._public)
        return self._conceal(text)
