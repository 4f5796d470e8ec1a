"""Small real files for the demonstration: a picture of one colour, a tenth of a second of silence."""

from __future__ import annotations

import struct
import wave
import zlib
from io import BytesIO

from hotline.attachments import Upload

SIDE = 96  # pixels


def photo(name: str, shade: int) -> Upload:
    """A PNG; each shade is another file."""
    colour = bytes((60 + shade * 7 % 160, 90 + shade * 13 % 120, 80 + shade * 5 % 140))
    rows = (b"\x00" + colour * SIDE) * SIDE
    header = struct.pack(">IIBBBBB", SIDE, SIDE, 8, 2, 0, 0, 0)
    parts = ((b"IHDR", header), (b"IDAT", zlib.compress(rows)), (b"IEND", b""))
    chunks = (
        struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data)) for kind, data in parts
    )
    return Upload(name, b"\x89PNG\r\n\x1a\n" + b"".join(chunks))


def recording(name: str) -> Upload:
    """A WAV."""
    content = BytesIO()
    with wave.open(content, "wb") as written:
        written.setnchannels(1)
        written.setsampwidth(2)
        written.setframerate(8000)
        written.writeframes(b"\x00\x00" * 800)
    return Upload(name, content.getvalue())
