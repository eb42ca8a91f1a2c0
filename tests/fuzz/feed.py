"""Bytes taken apart into what a target needs: always the same way, and never at an end too soon."""


class Feed:
    def __init__(self, data: bytes) -> None:
        self._data = data
        self._at = 0

    def __bool__(self) -> bool:
        """There is more."""
        return self._at < len(self._data)

    def number(self, size: int = 1, *, signed: bool = False) -> int:
        """Of so many bytes; those that are missing are 0."""
        return int.from_bytes(self.take(size).ljust(size, b"\0"), "big", signed=signed)

    def take(self, size: int) -> bytes:
        taken = self._data[self._at : self._at + size]
        self._at += len(taken)
        return taken

    def rest(self) -> bytes:
        return self.take(len(self._data))

    def piece(self) -> bytes:
        """With its length, of two bytes, before it."""
        return self.take(self.number(2))


def piece(data: bytes) -> bytes:
    """What `Feed.piece` gives back."""
    return len(data).to_bytes(2) + data
