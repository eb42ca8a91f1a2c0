"""What the demo tells people. Pure."""

import os
import shutil
import sys
from collections.abc import Mapping

STREAM_ID = "demo"
BEGIN = "livedub demo: an English programme is made on this machine, and dubbed into Spanish live"
BETTER = (
    "for broadcast quality: `livedub models pull medium` (recognition by faster-whisper), DEEPL_API_KEY "
    "(translation), scripts/setup-xtts and a GPU (voices); `livedub engines` lists all"
)


def introduction(page: str, rtmp_port: int) -> list[str]:
    push = f"rtmp://127.0.0.1:{rtmp_port}/live"
    return [
        f"the page:      {page}/#/stream/{STREAM_ID}",
        f"your stream:   ffmpeg -re -i talk.mp4 -c:v libx264 -g 50 -c:a aac -f flv {push}/talk-in",
        f"with OBS:      server {push}, stream key talk-in; it appears on the page as talk, and plays as "
        f"{push}/talk-out",
        f"a file:        {command()} dub talk.mp4 talk-es.mp4 --to es",
        "Ctrl-C ends everything",
    ]


def speaking(engines: Mapping[str, str]) -> list[str]:
    names = {"asr": "recognition", "translation": "translation", "tts": "voice"}
    who = ", ".join(f"{names.get(stage, stage)} {name}" for stage, name in engines.items())
    return [f"what speaks:   {who}: the engines that need no download", f"               {BETTER}"]


def command() -> str:
    """How this command is called here."""
    return "livedub" if shutil.which("livedub") else os.path.relpath(sys.argv[0])
