"""livedub.toml."""

from collections.abc import Iterator

from livedub.settings.file import parse_file
from service_kit.settings import SettingError

from fuzz.promises import hold


def one(data: bytes) -> None:
    try:
        text = data.decode()
    except UnicodeDecodeError:
        return
    try:
        parse_file("livedub.toml", text)
    except SettingError as wrong:
        hold(len(str(wrong)) < 500 + 2 * len(data), "few words")


def seeds() -> Iterator[bytes]:
    yield b'from = "en"\nto = "es"\nmix = "duck"\n[worker]\nsegment_min = 2.5\nmetrics_port = 9000\n'
    yield b'[echo]\nport = 1\n[sts]\nlog_level = "info"\n[serve]\nport = true\n'
    yield b"a = " + b"[" * 300
    yield b'worker = 3\nto = """\n\\u0000"""\nport = 0x7fffffffffffffffffff\nav_offset_ms = 1e400\n'
    yield b"x = 1979-05-27T07:32:00Z\ny = { a.b = inf, c = -nan }\n"
