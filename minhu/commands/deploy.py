"""minhu deploy"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path

import click

from engine import process_definitions
from engine.process_definitions import Deployment
from engine.transaction import SYSTEM, Runtime
from minhu import startup
from minhu.chinese_click import ChineseCommand
from minhu.commands.check import passes, read_folders
from minhu.commands.environment import open_runtime
from minhu.settings import Settings


@click.command(cls=ChineseCommand)
@click.argument("paths", nargs=-1, metavar="[文件夹]…", type=click.Path(exists=True, file_okay=False, path_type=Path))
@click.option("--once", is_flag=True, help="同样内容部署过就跳过；不覆盖之后部署的版本。")
def deploy(paths: tuple[Path, ...], once: bool) -> None:
    """检查并部署流程：文件夹内应有 processes/ 和 forms/。

    不写文件夹时部署随本系统发布的流程。任何一处有错误，全部不部署。
    """
    settings = Settings.from_environment()
    roots = paths or (settings.processes_root,)
    files = read_folders(roots)
    with open_runtime(settings) as runtime:
        if not passes(files, runtime):
            raise click.ClickException("有错误，未部署。")
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
