"""Static files: hashed ones never change, compressed ones are sent as they lie on the disk."""

from __future__ import annotations

import os

from starlette.exceptions import HTTPException
from starlette.responses import Response
from starlette.staticfiles import StaticFiles
from starlette.types import Scope

from web.assets import STATIC

HASHED = "dist/assets/"
FOREVER = "public, max-age=31536000, immutable"
ONE_DAY = "public, max-age=86400"
TYPES = {".js": "text/javascript", ".css": "text/css", ".svg": "image/svg+xml"}


class HashedFiles(StaticFiles):
    """web/static; the build put a .gz beside each hashed file."""

    def __init__(self) -> None:
        super().__init__(directory=STATIC, check_dir=False)

    async def get_response(self, path: str, scope: Scope) -> Response:
        path = path.replace(os.sep, "/")
        hashed = path.startswith(HASHED)
        response = await self._compressed(path, scope) if hashed and _accepts_gzip(scope) else None
        response = response or await super().get_response(path, scope)
        response.headers["Cache-Control"] = FOREVER if hashed else ONE_DAY
        if hashed:
            response.headers["Vary"] = "Accept-Encoding"
        return response

    async def _compressed(self, path: str, scope: Scope) -> Response | None:
        media_type = TYPES.get(os.path.splitext(path)[1])
        if media_type is None:
            return None
        try:
            response = await super().get_response(path + ".gz", scope)
        except HTTPException:
            return None
        response.headers["Content-Type"] = f"{media_type}; charset=utf-8"
        response.headers["Content-Encoding"] = "gzip"
        return response


def _accepts_gzip(scope: Scope) -> bool:
    return any(name == b"accept-encoding" and b"gzip" in value for name, value in scope["headers"])
