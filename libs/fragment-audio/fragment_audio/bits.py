"""Fields of bits, the highest first."""


class Bits:
    def __init__(self, data: bytes) -> None:
        self._value = int.from_bytes(data, "big")
        self.left = len(data) * 8

    def take(self, count: int) -> int:
        """Raises EOFError."""
        if count > self.left:
            raise EOFError
        self.left -= count
        return self._value >> self.left & (1 << count) - 1


class Field:
    """A number of so many bits, grown at its low end."""

    def __init__(self) -> None:
        self._value = 0
        self._width = 0

    def put(self, value: int, width: int) -> "Field":
        self._value = self._value << width | value
        self._width += width
        return self

    def bytes(self) -> bytes:
        """Filled up with zeros to a whole byte."""
        spare = -self._width % 8
        return (self._value << spare).to_bytes((self._width + spare) // 8, "big")
