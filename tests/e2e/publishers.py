"""Those who publish, with the programs that people publish with."""

from pathlib import Path

from media_service.testmedia.program import Program


def by_ffmpeg(file: Path, url: str, log: Path) -> Program:
    """At its own pace, nothing encoded anew."""
    quiet = ("-hide_banner", "-loglevel", "error", "-nostdin")
    return Program(["ffmpeg", *quiet, "-re", "-i", file, "-c", "copy", "-f", "flv", url], log)


def by_gstreamer(file: Path, url: str, log: Path) -> Program:
    out = f"flvmux name=m streamable=true ! rtmp2sink sync=true location={url}"
    video = "d.video ! queue ! h264parse ! m.video"
    audio = "d.audio ! queue ! aacparse ! m.audio"
    line = f"filesrc location={file} ! flvdemux name=d {out} {video} {audio}"
    return Program(["gst-launch-1.0", "-q", *line.split()], log)
