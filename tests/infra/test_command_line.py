"""The `minhu` command speaks Chinese throughout and ends with a sentence, never a traceback."""

from __future__ import annotations

import ast
import os
import re
import shutil
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import click
import pytest
from click.testing import CliRunner, Result

from engine.database import Database
from minhu.chinese_click import WORDS, speak_chinese
from minhu.command_line import minhu
from tests.conftest import ROOT

CHINESE = re.compile(r"[\u4e00-\u9fff]")
# what click says to programmers, or only about features this command line does not use
NOT_SAID_TO_USERS = {
    "Arguments take exactly one parameter declaration, got {length}: {decls}.",
    "Boolean option {decl!r} cannot use the same flag for true/false.",
    "Choice({choices})",
    "Could not determine name for option with declarations {decls!r}",
    "Name '{name}' defined twice",
    "No options defined but a name was passed ({name}). Did you mean to declare an argument instead? Did"
    " you mean to pass '--{name}'?",
    "Unknown color {colour!r}",
    "Unknown standard stream '{name}'",
    "d",
    "Couldn't detect Bash version, shell completion is not supported.",
    "Shell completion is not supported for Bash versions older than 4.4.",
    "Windows error: {error}",
    "{editor}: Editing failed",
    "{editor}: Editing failed: {e}",
}


def run(*arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """The real command in a process of its own."""
    return subprocess.run(
        [sys.executable, "-m", "minhu", *arguments],
        cwd=ROOT,
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
        timeout=120,
    )


def asked(*arguments: str) -> Result:
    """The command in this process: quick, for what only click answers."""
    speak_chinese()
    return CliRunner().invoke(minhu, arguments, prog_name="minhu")


def commands(group: click.Group = minhu, path: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
    """Every command and group, as typed."""
    yield path
    for name, each in group.commands.items():
        if isinstance(each, click.Group):
            yield from commands(each, (*path, name))
        else:
            yield (*path, name)


@pytest.mark.parametrize("path", list(commands()), ids=" ".join)
def test_help_is_chinese(path: tuple[str, ...]) -> None:
    shown = asked(*path, "--help")
    assert shown.exit_code == 0, shown.stderr
    assert "用法：minhu" in shown.stdout
    assert "选项：" in shown.stdout
    assert "显示本说明后退出。" in shown.stdout
    assert not re.search(r"Usage|Options|Commands|Show this|OPTIONS|ARGS|\bTEXT\b|INTEGER", shown.stdout)
    for line in shown.stdout.splitlines():
        assert CHINESE.search(line) or not line.strip() or line.strip().startswith(("-", "x<=")), line


def test_the_real_command_speaks_chinese_too() -> None:
    assert run("--help").stdout == asked("--help").stdout


def test_clicks_own_messages_are_all_translated() -> None:
    package = Path(click.__file__).parent
    said: set[str] = set()
    for path in package.glob("*.py"):
        if path.name in ("_winconsole.py", "shell_completion.py"):
            continue
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in ("_", "ngettext"):
                said |= {a.value for a in node.args if isinstance(a, ast.Constant) and isinstance(a.value, str)}
    assert said, "click no longer uses gettext: minhu/chinese_click.py needs another way"
    assert said - NOT_SAID_TO_USERS <= WORDS.keys()
    for message, translation in WORDS.items():
        assert set(re.findall(r"\{\w+", message)) == set(re.findall(r"\{\w+", translation))


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (("fly",), "没有命令 'fly'"),
        (("serve", "--wings"), "没有选项 '--wings'"),
        (("backup",), "缺少参数 '文件'"),
        (("serve", "--workers", "many"), "取值无效"),
        (("restore", "/nowhere.zip"), "不存在"),
        (("token", "create"), "缺少选项"),
    ],
)
def test_misuse_is_explained_in_chinese(arguments: tuple[str, ...], says: str) -> None:
    refused = asked(*arguments)
    assert refused.exit_code == 2
    assert "错误：" in refused.stderr
    assert says in refused.stderr
    assert not re.search(r"Error|Invalid|Missing|does not|No such|Try", refused.stderr)


def test_a_database_that_is_not_migrated_is_refused_with_the_remedy(tmp_path: Path) -> None:
    refused = run("verify", MINHU_VAR=str(tmp_path), DATABASE_URL="")
    assert refused.returncode == 1
    assert "请先执行 minhu migrate" in refused.stderr
    assert "Traceback" not in refused.stderr


def test_a_database_that_does_not_answer_is_named_without_a_traceback(tmp_path: Path) -> None:
    url = "postgresql+psycopg://nobody@127.0.0.1:1/nothing"
    refused = run("migrate", MINHU_VAR=str(tmp_path), DATABASE_URL=url)
    assert refused.returncode == 1
    assert "连接不上数据库" in refused.stderr
    assert "Traceback" not in refused.stderr


def test_a_setting_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    refused = run("serve", PORT="eighty", MINHU_VAR=str(tmp_path))
    assert refused.returncode == 1
    assert "PORT" in refused.stderr
    assert "eighty" in refused.stderr


def test_several_processes_on_the_embedded_database_are_refused(tmp_path: Path) -> None:
    refused = run("serve", "--workers", "2", PORT="0", MINHU_VAR=str(tmp_path), DATABASE_URL="")
    assert refused.returncode == 1
    assert "PostgreSQL" in refused.stderr
    assert not (tmp_path / "minhu.db").exists()


def test_a_taken_port_is_named_before_anything_is_prepared(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        refused = run("serve", PORT=port, MINHU_VAR=str(tmp_path), DATABASE_URL="")
    assert refused.returncode == 1
    assert f"端口 {port} 已被占用" in refused.stderr
    assert not (tmp_path / "minhu.db").exists()


def test_migrating_twice_says_so(database: Database, database_url: str) -> None:
    assert run("migrate", DATABASE_URL=database_url).stdout.strip() == "数据库结构已是最新。"


def test_checking_a_folder_lists_its_findings_by_file_and_fails(database_url: str, tmp_path: Path) -> None:
    shutil.copytree(ROOT / "processes", tmp_path / "processes")
    shutil.copytree(ROOT / "forms", tmp_path / "forms")
    environment = {"DATABASE_URL": database_url, "MINHU_VAR": str(tmp_path)}
    sound = run("check", str(tmp_path), **environment)
    assert (sound.returncode, "检查通过" in sound.stdout) == (0, True), sound.stderr
    diagram = tmp_path / "processes/callback/callback.bpmn"
    diagram.write_text(diagram.read_text(encoding="utf-8").replace("center_callback", "nobody"), encoding="utf-8")
    wrong = run("check", str(tmp_path), **environment)
    assert wrong.returncode == 1
    lines = wrong.stdout.splitlines()
    place = lines.index("processes/callback/callback.bpmn")
    assert "[错误]" in lines[place + 1]
    assert "nobody" in lines[place + 1]
    assert "candidate-group" in lines[place + 1]
    assert "不能部署" in wrong.stderr
