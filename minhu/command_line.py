"""The `minhu` command: one module per command in minhu/commands."""

from __future__ import annotations

import click

from minhu.chinese_click import ChineseGroup, speak_chinese
from minhu.commands.backup import backup, restore
from minhu.commands.check import check
from minhu.commands.deploy import deploy
from minhu.commands.migrate import migrate
from minhu.commands.seed import seed
from minhu.commands.serve import serve
from minhu.commands.token import token
from minhu.commands.user import user
from minhu.commands.verify import verify
from minhu.commands.worker import worker


@click.group(cls=ChineseGroup, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="minhu")
def minhu() -> None:
    """真如镇街道“12345”市民服务热线工单办理系统。

    数据库、端口等由环境变量决定：DATABASE_URL、MINHU_VAR、PORT 等，
    不设置时使用 var/ 下的内置数据库。
    """


for each in (serve, worker, migrate, seed, check, deploy, verify, backup, restore, user, token):
    minhu.add_command(each)


def main() -> None:
    """Entry point of the package."""
    speak_chinese()
    minhu(prog_name="minhu")
