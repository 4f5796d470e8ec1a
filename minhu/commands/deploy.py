"""minhu deploy"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path

import click

from engine import gate, process_definitions
from engine.diagram_functions import allowed_names
from engine.errors import InvalidInput
from engine.process_definitions import Deployment
from engine.transaction import SYSTEM, Runtime
from minhu import startup
from minhu.chinese_click import ChineseCommand
from minhu.commands.environment import open_runtime
from minhu.settings import Settings

SEVERITIES = {"error": "错误", "warning": "提醒"}


@click.command(cls=ChineseCommand)
@click.argument("paths", nargs=-1, metavar="[文件夹]…", type=click.Path(exists=True, file_okay=False, path_type=Path))
@click.option("--check", is_flag=True, help="只检查，不部署。")
@click.option("--once", is_flag=True, help="同样内容部署过就跳过；不覆盖之后部署的版本。")
def deploy(paths: tuple[Path, ...], check: bool, once: bool) -> None:
    """检查并部署流程：文件夹内应有 processes/ 和 forms/。

    不写文件夹时部署随本系统发布的流程。任何一处有错误，全部不部署。
    """
    settings = Settings.from_environment()
    roots = paths or (settings.processes_root,)
    files = _read(roots)
    with open_runtime(settings) as runtime:
        if not _passes(files, runtime):
            raise click.ClickException("有错误，未部署。")
        if check:
            click.echo("检查通过，未部署。")
            return
        made = startup.deploy_once(runtime, files) if once else _deploy(runtime, files, roots)
    if made is None:
        click.echo("这些文件部署过，未重复部署。")
        return
    for definition in made.definitions:
        click.echo(f"已部署：{definition.name}（{definition.key}）第 {definition.version} 版")
    for key in made.unchanged:
        click.echo(f"未改变：{key}")


def _deploy(runtime: Runtime, files: Mapping[str, bytes], roots: Iterable[Path]) -> Deployment:
    with runtime.write(SYSTEM) as tx:
        return process_definitions.deploy(tx, files, "minhu deploy " + " ".join(map(str, roots)))


def _passes(files: Mapping[str, bytes], runtime: Runtime) -> bool:
    """Check file by file with a progress bar; print every finding."""
    findings = gate.check(files, allowed_names(runtime))
    for finding in sorted(findings, key=lambda each: (each.file, each.element)):
        severity = SEVERITIES.get(finding.severity, finding.severity)
        click.echo(f"[{severity}] {finding.file} {finding.element}：{finding.message}")
    return not any(finding.severity == "error" for finding in findings)


def _read(roots: Iterable[Path]) -> dict[str, bytes]:
    files: dict[str, bytes] = {}
    with click.progressbar(list(roots), label="读取流程文件", width=30) as progress:
        for root in progress:
            files.update(process_definitions.read_folder(root))
    if not any(path.endswith(".bpmn") for path in files):
        raise InvalidInput("没有找到 processes/ 下的 .bpmn 文件，请检查文件夹")
    return files
