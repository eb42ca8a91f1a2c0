"""What an engine process prints, cut into lines that a log can bear."""

LINE_MAX = 400
"""Characters; what is longer is cut."""

LINES_MAX = 100
WINDOW_NS = 10_000_000_000
"""So many lines in this time; the rest is counted."""


class Lines:
    """Bytes in, lines out; the clock is passed in."""

    def __init__(self) -> None:
        self._begun = b""
        self._overlong = False
        self._window_until_ns = 0
        self._given = 0
        self._dropped = 0

    def feed(self, data: bytes, now_ns: int) -> list[str]:
        """Lines that are whole now."""
        *ended, begun = (self._begun + data).replace(b"\r", b"\n").split(b"\n")
        texts = []
        for line in ended:
            if not self._overlong:
                texts += self._admit(line, now_ns)
            self._overlong = False
        if len(begun) > LINE_MAX * 4 and not self._overlong:
            texts += self._admit(begun, now_ns)
            self._overlong = True
        self._begun = b"" if self._overlong else begun
        return texts

    def end(self, now_ns: int) -> list[str]:
        """What is left when nothing comes any more."""
        texts = [] if self._overlong else self._admit(self._begun, now_ns)
        self._begun = b""
        return texts + self._account()

    def _admit(self, line: bytes, now_ns: int) -> list[str]:
        text = "".join(c if c.isprintable() else "?" for c in line.decode(errors="replace").strip())
        if not text:
            return []
        texts = []
        if now_ns >= self._window_until_ns:
            texts += self._account()
            self._window_until_ns, self._given = now_ns + WINDOW_NS, 0
        if self._given >= LINES_MAX:
            self._dropped += 1
            return texts
        self._given += 1
        return [*texts, text if len(text) <= LINE_MAX else text[:LINE_MAX] + "..."]

    def _account(self) -> list[str]:
        dropped, self._dropped = self._dropped, 0
        return [f"({dropped} more lines)"] if dropped else []
