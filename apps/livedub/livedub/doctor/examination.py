"""Everything that is looked at, in the order in which it is told."""

from collections.abc import Iterator, Mapping

from sts_service.full.settings import FullSettings

from livedub.demo import programs
from livedub.doctor import gstreamer, machine, speech
from livedub.doctor.finding import Finding

SERVE_PORT = 8080


def examine(
    settings: FullSettings, environ: Mapping[str, str], *, source: str, target: str
) -> Iterator[Finding]:
    """`settings` are those that the speech service would have."""
    yield from gstreamer.find(environ)
    yield from speech.find(settings, source, target)
    yield machine.gpu()
    yield from machine.ports(settings.host, {"sts": settings.port, "serve": SERVE_PORT})
    yield from programs.findings()
