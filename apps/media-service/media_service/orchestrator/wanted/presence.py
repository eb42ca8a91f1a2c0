"""Whether somebody publishes, told by hooks that come twice, late, in the wrong order or never.

A source is one publisher's session, by the media server's id for it. What is *believed* was not told in this
life of the orchestrator (it stood in the store, or a worker was found receiving): any word from the media
server beats it.
"""

from media_service.orchestrator.wanted.reconcile import Known

MOST_PRESENT = 8
MOST_PAST = 32
LATE_S = 600.0
"""A `ready` that comes so long after its own `not-ready` is still taken for one that was late."""


class Presence:
    def __init__(self) -> None:
        self._present: dict[str, bool] = {}
        """by source: told, or else believed"""
        self._past: dict[str, float] = {}
        self.left_s: float | None = None
        """when the last one went; None while somebody is there, and before anybody was"""
        self.told_s: float | None = None
        """when the media server last told anything"""

    @property
    def present(self) -> bool:
        return bool(self._present)

    @property
    def is_told(self) -> bool:
        """Somebody is there by the media server's own word."""
        return any(self._present.values())

    @property
    def known(self) -> Known:
        told = frozenset(one for one, is_told in self._present.items() if is_told)
        return Known(told, self.present, self.told_s)

    def ready(self, source: str, now_s: float, *, in_order: bool = False) -> bool:
        """Whether this is news: a source that was not there. `in_order`: its hooks cannot overtake."""
        self.told_s = now_s
        went_s = self._past.get(source)
        if source and not in_order and went_s is not None and now_s - went_s < LATE_S:
            return False
        self._past.pop(source, None)
        is_new = source not in self._present
        self._present = {one: True for one, told in self._present.items() if told and one != source}
        self._present[source] = True
        while len(self._present) > MOST_PRESENT:
            del self._present[next(iter(self._present))]
        self.left_s = None
        return is_new

    def gone(self, source: str, now_s: float) -> bool:
        """Whether the last one went with it. Without an id, all are meant."""
        self.told_s = now_s
        if source:
            self._past.pop(source, None)
            self._past[source] = now_s
            while len(self._past) > MOST_PAST:
                del self._past[next(iter(self._past))]
        return self._keep(
            {}
            if not source
            else {one: told for one, told in self._present.items() if told and one != source},
            now_s,
        )

    def believe(self, source: str) -> None:
        if not self._present:
            self._present[source] = False
            self.left_s = None

    def doubt(self, now_s: float) -> None:
        """What was only believed has proved wrong."""
        self._keep({one: True for one, told in self._present.items() if told}, now_s)

    def leave(self, now_s: float) -> None:
        """As if the last one had gone now: for a worker that is found running with nobody there."""
        if not self._present:
            self.left_s = now_s

    def _keep(self, kept: dict[str, bool], now_s: float) -> bool:
        was, self._present = bool(self._present), kept
        if was and not kept:
            self.left_s = now_s
            return True
        return False
