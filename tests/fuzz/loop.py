"""libFuzzer around one target: `python -m fuzz.loop TARGET [flags of libFuzzer] FOLDER ...`."""

import sys

import atheris

WATCHED = [
    "dubbing_protocol",
    "fragment_audio",
    "livedub",
    "media_service",
    "service_kit",
    "socketio",
    "sts_service",
]
"""Packages whose branches guide the search."""


def main() -> None:
    name, *flags = sys.argv[1:]
    with atheris.instrument_imports(include=WATCHED):
        from fuzz.targets import load

        target = load(name)
    # To merge, libFuzzer starts this anew, by its first word as a shell takes it.
    atheris.Setup([f"{sys.executable} -m fuzz.loop {name}", *flags], target.one)
    atheris.Fuzz()


if __name__ == "__main__":
    main()
