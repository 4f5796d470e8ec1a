"""minhu migrate"""

from __future__ import annotations

import click

from minhu.chinese_click import ChineseCommand
from minhu.settings import Settings
from minhu.startup import migrate_database


@click.command(cls=ChineseCommand)
def migrate() -> None:
    """把数据库结构更新到本版本；可重复执行。"""
    applied = migrate_database(Settings.from_environment())
    click.echo("数据库结构已更新。" if applied else "数据库结构已是最新。")
