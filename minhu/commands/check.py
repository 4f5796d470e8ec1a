"""minhu check"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from itertools import groupby
from pathlib import Path

import click

from engine import process_definitions
from engine.errors import Finding, InvalidInput
from engine.transaction import SYSTEM, Runtime
from minhu.chinese_click import ChineseCommand
from minhu.commands.environment import open_runtime
from minhu.settings import Settings

SEVERITIES = {"error": "错误", "warning": "提醒"}


@click.command(cls=ChineseCommand)
@click.argument("paths", nargs=-1, metavar="[文件夹]…", type=click.Path(exists=True, file_okay=False, path_type=Path))
def check(paths: tuple[Path, ...]) -> None:
    """检查流程而不部署：文件夹内应有 processes/ 和 forms/。

    不写文件夹时检查随本系统发布的流程。逐个文件列出问题；有错误时退出码为 1。
    """
    settings = Settings.from_environment()
    files = read_folders(paths or (settings.processes_root,))
    with open_runtime(settings) as runtime:
        if not passes(files, runtime):
            raise click.ClickException("有错误，不能部署。")
    click.echo(f"检查通过：{len(files)} 个文件，没有错误。")


def passes(files: Mapping[str, bytes], runtime: Runtime) -> bool:
    """Print every finding under its file; True when none is an error."""
    with runtime.read(SYSTEM) as tx:
        findings = process_definitions.check(tx, files)
    for path, group in groupby(sorted(findings, key=lambda f: (f.file, f.element)), key=lambda f: f.file):
        click.echo(path or "（全部文件）")
        for finding in group:
            click.echo(f"  {_line(finding)}")
    return not any(finding.severity == "error" for finding in findings)


def _line(finding: Finding) -> str:
    source = "，".join(filter(None, (finding.rule, finding.standard)))
    return f"[{SEVERITIES.get(finding.severity, finding.severity)}] {finding.message}（{source}）"


def read_folders(roots: Iterable[Path]) -> dict[str, bytes]:
    """The deployable files of several folders; raises InvalidInput when no diagram is among them."""
    files: dict[str, bytes] = {}
    with click.progressbar(list(roots), label="读取流程文件", width=30) as progress:
        for root in progress:
            files.update(process_definitions.read_folder(root))
    if not any(path.endswith(".bpmn") for path in files):
        raise InvalidInput("没有找到 processes/ 下的 .bpmn 文件，请检查文件夹")
    return files
