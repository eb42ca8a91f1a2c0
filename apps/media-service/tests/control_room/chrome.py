"""A browser, and pages in it that are watched: what they ask for, and what they complain of."""

import contextlib
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from playwright.sync_api import Browser, ConsoleMessage, Page, expect, sync_playwright
from servers.ports import LOCAL

TREE = Path(__file__).resolve().parents[4]
SCREENSHOTS = TREE / "build" / "screenshots"
AXE = TREE / "tests/js/node_modules/axe-core/axe.min.js"
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--autoplay-policy=no-user-gesture-required",
    # Else it looks for a sound server, which leaves a folder in temp.
    "--disable-audio-output",
]
PATIENCE_MS = 40_000
"""Longer, and it hangs: no step takes as long on a machine however busy."""


@contextlib.contextmanager
def chrome() -> Iterator[Browser]:
    expect.set_options(timeout=PATIENCE_MS)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path="/usr/bin/chromium", args=FLAGS)
        try:
            yield browser
        finally:
            browser.close()


class Desk:
    """A page, and what it did. `may_complain`: what may stand in its console, as a pattern."""

    def __init__(self, page: Page, base: str) -> None:
        self.page = page
        self.base = base
        self.may_complain: str | None = None
        self.complaints: list[str] = []
        self.hosts: set[str] = set()
        page.set_default_timeout(PATIENCE_MS)
        page.on("console", self._said)
        page.on("pageerror", lambda error: self.complaints.append(f"page: {error}"))
        page.on("request", lambda request: self.hosts.add(urlsplit(request.url).hostname or ""))

    def _said(self, message: ConsoleMessage) -> None:
        if message.type == "error":
            self.complaints.append(f"{message.text} {message.location.get('url', '')}")

    def open(self, path: str = "/") -> Page:
        self.page.goto(self.base + path)
        return self.page

    def shot(self, name: str) -> None:
        """For a person to look at."""
        SCREENSHOTS.mkdir(parents=True, exist_ok=True)
        self.page.screenshot(path=SCREENSHOTS / f"{name}.png")

    def check_accessible(self) -> None:
        """No serious and no critical fault, by axe-core."""
        self.page.evaluate(AXE.read_text())
        found = self.page.evaluate("async () => (await axe.run(document)).violations")
        grave = [one for one in found if one["impact"] in ("serious", "critical")]
        assert not grave, [(one["id"], [node["target"] for node in one["nodes"][:3]]) for one in grave]

    def check_clean(self) -> None:
        """Nothing was asked of another machine, and nothing went wrong unseen."""
        assert self.hosts <= {LOCAL, ""}, self.hosts
        allowed = re.compile(self.may_complain) if self.may_complain else None
        unexpected = [one for one in self.complaints if not (allowed and allowed.search(one))]
        assert not unexpected, unexpected


@contextlib.contextmanager
def desk(browser: Browser, base: str, width: int = 1366, height: int = 768, **options: Any) -> Iterator[Desk]:
    context = browser.new_context(viewport={"width": width, "height": height}, **options)
    try:
        opened = Desk(context.new_page(), base)
        yield opened
        opened.check_clean()
    finally:
        context.close()
