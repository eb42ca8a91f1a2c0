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
