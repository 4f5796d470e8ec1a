"""minhu backup, minhu restore"""

from __future__ import annotations

from pathlib import Path

import click

from minhu.application import build_runtime
from minhu.backup import count_rows, write
from minhu.chinese_click import ChineseCommand
from minhu.commands.environment import open_runtime
from minhu.restore import opened
from minhu.restore import restore as put_back
from minhu.settings import Settings

FILE = click.Path(dir_okay=False, path_type=Path)
EXISTING_FILE = click.Path(exists=True, dir_okay=False, path_type=Path)


@click.command(cls=ChineseCommand)
@click.argument("file", metavar="文件", type=FILE)
def backup(file: Path) -> None:
    """把数据库和附件备份到一个文件；系统可以照常运行。"""
    with open_runtime() as runtime:
        rows = count_rows(runtime.database)
        with click.progressbar(length=rows, label="备份数据", width=30) as bar:
            summary = write(runtime, file, bar.update)
    click.echo(f"已备份 {summary.rows} 行数据、{summary.attachments} 个附件到 {file}。")


@click.command(cls=ChineseCommand)
@click.argument("file", metavar="文件", type=EXISTING_FILE)
@click.option("--force", is_flag=True, help="先清空现有数据库（不可恢复）。")
def restore(file: Path, force: bool) -> None:
    """从备份文件恢复；SQLite 与 PostgreSQL 的备份可以互相恢复。"""
    database = build_runtime(Settings.from_environment()).database
    with opened(file) as found, click.progressbar(length=found.manifest.rows, label="恢复数据", width=30) as bar:
        summary = put_back(found, database, bar.update, force=force)
    database.dispose()
    click.echo(f"已恢复 {summary.rows} 行数据、{summary.attachments} 个附件，审计链核对无误。")
