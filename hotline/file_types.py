"""What a file really is, told from its bytes; only the kinds of evidence the regulation knows get in."""

from __future__ import annotations

import io
import re
import unicodedata
import zipfile
from dataclasses import dataclass
from pathlib import PurePosixPath

from engine.errors import InvalidInput

LONGEST_NAME = 100
MOST_UNPACKED = 200_000_000  # bytes inside an office document
CONTENT_TYPES = "[Content_Types].xml"
ALLOWED = "照片（jpg、png、webp、heic）、录音（mp3、wav、m4a、amr）、视频（mp4）、文档（pdf、docx、xlsx、doc）"
_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_MACROS = "_VBA_PROJECT".encode("utf-16-le")
_ACTIVE_PDF = re.compile(rb"/(?:JavaScript|Launch)\b")  # /JS alone would turn up in compressed pictures
_ACTIVE_PART = re.compile(r"vbaproject|activex|oleobject|macrosheets", re.IGNORECASE)
_UNSAFE = re.compile(r'[\\/:*?"<>|]')


@dataclass(frozen=True)
class FileType:
    """Content type, kind of evidence and the extensions it may carry, the usual one first."""

    content_type: str
    kind: str  # photo, recording, video, document
    extensions: tuple[str, ...]


JPEG = FileType("image/jpeg", "photo", (".jpg", ".jpeg"))
PNG = FileType("image/png", "photo", (".png",))
WEBP = FileType("image/webp", "photo", (".webp",))
HEIC = FileType("image/heic", "photo", (".heic", ".heif"))
MP3 = FileType("audio/mpeg", "recording", (".mp3",))
WAV = FileType("audio/wav", "recording", (".wav",))
M4A = FileType("audio/mp4", "recording", (".m4a",))
AMR = FileType("audio/amr", "recording", (".amr",))
MP4 = FileType("video/mp4", "video", (".mp4",))
PDF = FileType("application/pdf", "document", (".pdf",))
DOC = FileType("application/msword", "document", (".doc",))
_OPEN_XML = "application/vnd.openxmlformats-officedocument."
DOCX = FileType(f"{_OPEN_XML}wordprocessingml.document", "document", (".docx",))
XLSX = FileType(f"{_OPEN_XML}spreadsheetml.sheet", "document", (".xlsx",))

_BRANDS = {  # major brand of an ISO media file
    **dict.fromkeys((b"heic", b"heix", b"heim", b"heis", b"mif1", b"msf1"), HEIC),
    **dict.fromkeys((b"M4A ", b"M4B "), M4A),
    **dict.fromkeys((b"isom", b"iso2", b"iso4", b"iso5", b"iso6", b"mp41", b"mp42", b"avc1", b"M4V "), MP4),
}


def recognized(name: str, content: bytes) -> FileType:
    """The type of a file by its content; raises InvalidInput for everything not on the list."""
    found = _by_signature(content)
    if found is None:
        raise _refused(name, f"不是可接受的文件类型，只接受{ALLOWED}")
    return found


def _by_signature(content: bytes) -> FileType | None:
    if content.startswith(b"\xff\xd8\xff"):
        return JPEG
    if content.startswith(b"\x89PNG\r\n\x1a\n"):
        return PNG
    if content[:4] == b"RIFF":
        return {b"WEBP": WEBP, b"WAVE": WAV}.get(content[8:12])
    if content[4:8] == b"ftyp":
        return _BRANDS.get(content[8:12])
    if content.startswith((b"#!AMR\n", b"#!AMR-WB\n")):
        return AMR
    if _is_tagged_audio(content) or _is_mpeg_audio(content):
        return MP3
    if content.startswith(b"%PDF-"):
        return None if _ACTIVE_PDF.search(content) else PDF
    if content.startswith(_OLE):
        return _word_97(content)
    return _open_xml(content) if content.startswith(b"PK\x03\x04") else None


def _is_tagged_audio(content: bytes) -> bool:
    """An ID3 header: version 2 to 4, a length of seven-bit bytes."""
    return content[:3] == b"ID3" and len(content) > 10 and 2 <= content[3] <= 4 and max(content[6:10]) < 0x80


def _is_mpeg_audio(content: bytes) -> bool:
    """An MPEG frame header: sync bits, layer III, a valid bit rate and sampling rate."""
    if len(content) < 4 or content[0] != 0xFF or content[1] & 0xE6 != 0xE2:
        return False
    return content[2] >> 4 not in (0, 15) and (content[2] >> 2) & 3 != 3


def _word_97(content: bytes) -> FileType | None:
    if _MACROS in content:
        return None
    return DOC if "WordDocument".encode("utf-16-le") in content else None


def _open_xml(content: bytes) -> FileType | None:
    """Word or Excel without macros, embedded objects or unpacking tricks."""
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as package:
            parts = package.infolist()
            names = {part.filename for part in parts}
            if sum(part.file_size for part in parts) > MOST_UNPACKED or CONTENT_TYPES not in names:
                return None
            macros = b"macroenabled" in package.read(CONTENT_TYPES).lower()
    except (zipfile.BadZipFile, ValueError, NotImplementedError):
        return None
    if macros or any(_ACTIVE_PART.search(name) for name in names):
        return None
    if "word/document.xml" in names:
        return DOCX
    return XLSX if "xl/workbook.xml" in names else None


def safe_name(name: str, file_type: FileType) -> str:
    """A name without path, control and direction marks, with the extension its content deserves."""
    name = unicodedata.normalize("NFC", name).replace("\\", "/").rsplit("/", 1)[-1]
    name = "".join(c for c in name if unicodedata.category(c)[0] != "C" or c == "\u200d")
    name = _UNSAFE.sub("_", name).strip(" .")
    path = PurePosixPath(name or "附件")
    extension = path.suffix.lower()
    stem = (path.stem if path.suffix else path.name).strip(" .") or "附件"
    if extension not in file_type.extensions:
        extension = file_type.extensions[0]
    return stem[: LONGEST_NAME - len(extension)] + extension


def _refused(name: str, reason: str) -> InvalidInput:
    message = f"附件“{name[:LONGEST_NAME]}”{reason}；含脚本、宏或网页的文件一律不收，请另存为上述格式后再传"
    return InvalidInput(message, {"files": message})
