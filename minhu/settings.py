"""Everything that differs between installations, read from the environment once."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from engine.errors import InvalidInput

PROJECT = Path(__file__).resolve().parent.parent
HIGHEST_PORT = 65535
TRUE = {"1", "true", "yes", "on"}
FALSE = {"0", "false", "no", "off", ""}


@dataclass(frozen=True)
class Settings:
    """The defaults start an embedded SQLite below var/ on this machine's own address."""

    database_url: str
    var: Path
    attachments: str  # a folder, or an object store: s3://bucket/prefix
    processes_root: Path  # the folder that holds processes/ and forms/
    host: str = "127.0.0.1"
    port: int = 8000
    session_cookie_secure: bool = False  # True behind https
    trusted_proxy: str = ""  # address whose X-Forwarded-For is believed
    notice_push_url: str = ""  # where notices are posted to as well, such as the office's short message gateway

    @classmethod
    def from_environment(cls, environment: Mapping[str, str] = os.environ) -> Settings:
        """Raises InvalidInput naming the variable that cannot be read."""
        root = Path(environment.get("PROCESSES_ROOT") or PROJECT).resolve()
        var = Path(environment.get("MINHU_VAR") or "var").resolve()
        return cls(
            database_url=environment.get("DATABASE_URL") or f"sqlite:///{var / 'minhu.db'}",
            var=var,
            attachments=environment.get("ATTACHMENTS_DIR") or str(var / "attachments"),
            processes_root=root,
            host=environment.get("HOST") or "127.0.0.1",
            port=_port(environment.get("PORT") or "8000"),
            session_cookie_secure=_truth("SESSION_COOKIE_SECURE", environment),
            trusted_proxy=environment.get("TRUSTED_PROXY", ""),
            notice_push_url=_web_address("NOTICE_PUSH_URL", environment),
        )


def _port(value: str) -> int:
    if not value.isdecimal() or not 0 <= int(value) <= HIGHEST_PORT:
        raise InvalidInput(f"环境变量 PORT 应是 0 至 {HIGHEST_PORT} 的整数，现在是“{value}”")
    return int(value)


def _web_address(name: str, environment: Mapping[str, str]) -> str:
    value = environment.get(name, "").strip()
    parts = urlsplit(value)
    if value and (parts.scheme not in ("http", "https") or not parts.hostname):
        raise InvalidInput(f"环境变量 {name} 应是 http:// 或 https:// 开头的地址，现在是“{value}”")
    return value


def _truth(name: str, environment: Mapping[str, str]) -> bool:
    value = environment.get(name, "").strip().lower()
    if value not in TRUE | FALSE:
        raise InvalidInput(f"环境变量 {name} 只能是 true 或 false，现在是“{value}”")
    return value in TRUE
