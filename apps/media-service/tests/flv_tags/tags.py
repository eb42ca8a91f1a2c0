"""FLV tags, written here by the specification."""

AUDIO, VIDEO, SCRIPT = 8, 9, 18
FILE_HEADER = b"FLV\x01\x05\x00\x00\x00\x09\x00\x00\x00\x00"
AAC_48K_STEREO = b"\x11\x90"
AAC_HEADER = b"\xaf\x00" + AAC_48K_STEREO
AVC_HEADER = b"\x17\x00\x00\x00\x00avcC"


def tag(kind: int, stamp_ms: int, body: bytes) -> bytes:
    low, high = stamp_ms & 0xFFFFFF, stamp_ms >> 24 & 0xFF
    head = bytes([kind]) + len(body).to_bytes(3) + low.to_bytes(3) + bytes([high]) + b"\0\0\0"
    return head + body + (11 + len(body)).to_bytes(4)


def aac(stamp_ms: int, data: bytes = b"sound") -> bytes:
    return tag(AUDIO, stamp_ms, b"\xaf\x01" + data)


def avc(stamp_ms: int, data: bytes = b"picture", *, delay_ms: int = 0, key: bool = False) -> bytes:
    head = bytes([0x17 if key else 0x27, 1]) + delay_ms.to_bytes(3, signed=True)
    return tag(VIDEO, stamp_ms, head + data)
