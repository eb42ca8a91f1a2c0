"""Where streams arrive: the media server's path that holds a stream's id, and what its query asks for."""

from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import parse_qsl

from media_service.orchestrator.errors import Refused
from media_service.orchestrator.names.stream_id import check_stream_id
from media_service.orchestrator.names.words import check_language, check_mix, check_voice

PLACE = "{id}"
LONGEST_QUERY = 2048

_KNOWN = {
    "lang": ("target_language", check_language),
    "from": ("source_language", check_language),
    "voice": ("voice", check_voice),
    "mix": ("mix", check_mix),
}


@dataclass(frozen=True)
class IngestPath:
    """A template such as `live/{id}/in`."""

    template: str

    def __post_init__(self) -> None:
        if self.template.count(PLACE) != 1 or self.template.startswith("/"):
            raise ValueError(f"a path such as live/{PLACE}/in is needed, with {PLACE} in it once")

    def stream_id(self, path: str) -> str | None:
        """The id in this path; None where it is another's. Raises `Refused` for an id that may not be."""
        before, _, after = self.template.partition(PLACE)
        path = path.removeprefix("/")
        if len(path) <= len(before) + len(after):
            return None
        if not (path.startswith(before) and path.endswith(after)):
            return None
        return check_stream_id(path[len(before) : len(path) - len(after)])


def asked_by(query: str | Mapping[str, str]) -> dict[str, str]:
    """The settings that an ingest query names, checked; what else it holds (a password) is not looked at."""
    if isinstance(query, str):
        if len(query) > LONGEST_QUERY:
            raise Refused("the query is too long")
        try:
            pairs = parse_qsl(query.removeprefix("?"), max_num_fields=32)
        except ValueError:
            raise Refused("the query has too many fields") from None
        query = dict(pairs)
    return {name: check(query[word]) for word, (name, check) in _KNOWN.items() if query.get(word)}
