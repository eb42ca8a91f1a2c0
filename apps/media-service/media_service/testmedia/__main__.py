"""``python -m media_service.testmedia generate|analyse|publish|record``."""

import argparse
import json
import os
import sys
import threading
from dataclasses import fields
from fractions import Fraction
from pathlib import Path
from typing import Any

from media_service.testmedia.programme import Programme


def main(arguments: list[str] | None = None) -> int:
    wanted = _parser().parse_args(arguments)
    if wanted.verb == "generate":
        from media_service.testmedia.generate import generate

        given = {field.name: getattr(wanted, field.name) for field in fields(Programme)}
        generate(wanted.out, Programme(**{name: value for name, value in given.items() if value is not ...}))
        return 0
    if wanted.verb == "analyse":
        from media_service.testmedia.analysis import analyse, lines

        report = analyse(wanted.file, wanted.against)
        print(json.dumps(report.as_json()) if wanted.json else "\n".join(lines(report)))
        return 0
    if wanted.verb == "publish":
        from media_service.testmedia.publisher import publish

        _end_with_parent(wanted.status is not None)
        return publish(wanted.file, wanted.url, wanted.start, wanted.status)
    from media_service.testmedia.recorder import record

    _end_with_parent(not sys.stdin.isatty())
    return record(wanted.url, wanted.file)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m media_service.testmedia", description=__doc__)
    verbs = parser.add_subparsers(dest="verb", required=True)
    generate = verbs.add_parser("generate", help="write a programme; the suffix names the container")
    generate.add_argument("out", type=Path)
    for field in fields(Programme):
        flag = "--" + field.name.replace("_", "-")
        if isinstance(field.default, bool):
            generate.add_argument(flag, action=argparse.BooleanOptionalAction, default=...)
        else:
            generate.add_argument(flag, type=_reader(field.name, field.default), default=...)
    analyse = verbs.add_parser("analyse", help="measure a recording")
    analyse.add_argument("file", type=Path)
    analyse.add_argument("--against", type=Path, help="the source whose video it should hold")
    analyse.add_argument("--json", action="store_true")
    publish = verbs.add_parser("publish", help="send an flv or ts file live")
    publish.add_argument("file", type=Path)
    publish.add_argument("url")
    publish.add_argument("--start", type=float, default=0.0, help="seconds into the programme")
    publish.add_argument("--status", type=Path, help="file that receives the moment of the start")
    record = verbs.add_parser("record", help="take down a live stream with the times of arrival")
    record.add_argument("url")
    record.add_argument("file", type=Path)
    return parser


def _reader(name: str, default: object) -> Any:
    if name.endswith("_hole_s"):
        return lambda text: tuple(float(part) for part in text.split(","))
    if name == "resize_to":
        return lambda text: tuple(int(part) for part in text.split("x"))
    if name in ("video", "audio"):
        return lambda text: None if text == "none" else text
    return Fraction if name == "fps" else float if default is None else type(default)


def _end_with_parent(watched: bool) -> None:
    """A parent that is killed cannot end its children; but it closes their stdin."""

    def watch() -> None:
        while os.read(0, 1):
            pass
        os.killpg(os.getpgid(0), 9)

    if watched and os.getpgid(0) == os.getpid():
        threading.Thread(target=watch, daemon=True).start()


if __name__ == "__main__":
    sys.exit(main())
