"""SRT has no server: one end listens, the other calls. Recorder and Publisher take either URL."""

from servers.ports import LOCAL, free_port


class SrtPort:
    """A port to meet at."""

    def __init__(self) -> None:
        self.port = free_port(udp=True)

    @property
    def caller(self) -> str:
        return f"srt://{LOCAL}:{self.port}?mode=caller"

    @property
    def listener(self) -> str:
        return f"srt://{LOCAL}:{self.port}?mode=listener"
