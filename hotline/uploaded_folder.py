"""A folder of process files as it is uploaded: several files named by their paths, or one zip."""

from __future__ import annotations

import io
import lzma
import re
import zipfile
import zlib
from collections.abc import Iterator, Sequence
from typing import BinaryIO, Protocol

from engine.errors import InvalidInput

FILE_BYTES = 2 * 1024 * 1024
FOLDER_BYTES = 16 * 1024 * 1024
MOST_FILES = 500
LONGEST_PATH = 300  # as wide as the column that keeps it
PATH = re.compile(r"(processes|forms)(/[A-Za-z0-9_][A-Za-z0-9_.-]*)+\.(bpmn|dmn|json)")
BROKEN = (
    *(zipfile.BadZipFile, zlib.error, lzma.LZMAError, RuntimeError, NotImplementedError),
    *(EOFError, OSError, ValueError),
)


class Upload(Protocol):
    """One file as a browser or program sends it."""

    filename: str | None
    file: BinaryIO


def files_of(uploads: Sequence[Upload]) -> dict[str, bytes]:
    """Path → content; raises InvalidInput for a strange path, a duplicate, or too much."""
    if len(uploads) == 1 and (uploads[0].filename or "").lower().endswith(".zip"):
        entries = _of_zip(uploads[0].file.read())
    else:
        entries = ((upload.filename or "", upload.file.read(FILE_BYTES + 1)) for upload in uploads)
    files: dict[str, bytes] = {}
    size = 0
    for path, content in entries:
        size += len(content)
        _check(path, content, files, size)
        files[path] = content
    if not files:
        raise _refused("files", "没有流程文件，请上传 processes/ 与 forms/ 下的文件")
    return files


def _of_zip(packed: bytes) -> Iterator[tuple[str, bytes]]:
    try:
        with zipfile.ZipFile(io.BytesIO(packed)) as archive:
            for entry in archive.infolist():
                if entry.is_dir():
                    continue
                with archive.open(entry) as file:  # read no more than allowed, whatever the header claims
                    yield entry.filename, file.read(FILE_BYTES + 1)
    except BROKEN as error:
        raise _refused("files", "压缩包无法读取，请重新打包为不加密的 zip 文件") from error


def _check(path: str, content: bytes, files: dict[str, bytes], size: int) -> None:
    if len(path) > LONGEST_PATH or not PATH.fullmatch(path):
        raise _refused(path[:100] or "files", "路径应为 processes/… 或 forms/… 下的 .bpmn、.dmn、.json 文件")
    if path in files:
        raise _refused(path, "同一个文件出现了两次")
    if len(content) > FILE_BYTES:
        raise _refused(path, f"文件超过 {FILE_BYTES // 1024 // 1024} MB")
    if size > FOLDER_BYTES:
        raise _refused("files", f"全部文件合计超过 {FOLDER_BYTES // 1024 // 1024} MB")
    if len(files) >= MOST_FILES:
        raise _refused("files", f"文件超过 {MOST_FILES} 个")


def _refused(name: str, message: str) -> InvalidInput:
    return InvalidInput(f"上传的流程文件有误：{message}（{name}）", {name: message})
