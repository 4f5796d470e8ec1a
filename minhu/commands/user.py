"""minhu user"""

from __future__ import annotations

import click

from engine.transaction import SYSTEM
from hotline import people
from minhu.chinese_click import ChineseCommand, ChineseGroup
from minhu.commands.environment import open_runtime


@click.group(cls=ChineseGroup)
def user() -> None:
    """人员账号。"""


@user.command("create-admin", cls=ChineseCommand)
@click.option("--login", prompt="登录名", metavar="登录名", help="系统管理员的登录名。")
@click.option("--name", prompt="姓名", metavar="姓名", help="系统管理员的姓名。")
@click.option("--department", default="center", show_default=True, metavar="部门编号", help="所在部门。")
def create_admin(login: str, name: str, department: str) -> None:
    """建立第一个系统管理员；系统中已有账号时拒绝。

    一次性密码只显示这一次，首次登录须更换；没有默认密码。
    """
    with open_runtime() as runtime, runtime.write(SYSTEM) as tx:
        made = people.create_first_administrator(tx, login, name, department)
    click.echo(f"已建立 {made.person.name}（{made.person.login}）。一次性密码：{made.one_time_password}")
