"""minhu seed"""

from __future__ import annotations

import click

from minhu import startup
from minhu.chinese_click import ChineseCommand
from minhu.commands.environment import open_runtime
from minhu.settings import Settings


@click.command(cls=ChineseCommand)
@click.option("--demo", is_flag=True, help="另加演示人员和工单（仅限空库，密码公开）。")
def seed(demo: bool) -> None:
    """载入组织机构；已有的只更正，不删除。"""
    settings = Settings.from_environment()
    with open_runtime(settings) as runtime:
        click.echo(f"组织机构：更新 {startup.load_organisation(runtime)} 个部门。")
        if demo:
            startup.deploy_shipped(runtime, settings)
            startup.load_demo(runtime)
            click.echo("演示数据已载入。")
