"""minhu token"""

from __future__ import annotations

from datetime import timedelta

import click

from engine.errors import NotFound
from engine.transaction import SYSTEM, Transaction
from hotline import api_tokens, persons
from hotline.access import Principal, principal_for
from hotline.persons import Person
from minhu.chinese_click import ChineseCommand, ChineseGroup
from minhu.commands.environment import open_runtime

LONGEST_DAYS = 3660


@click.group(cls=ChineseGroup)
def token() -> None:
    """接口令牌。"""


@token.command("create", cls=ChineseCommand)
@click.option("--as", "issuer", required=True, metavar="登录名", help="由哪位管理员签发（写入审计）。")
@click.option("--for", "holder", metavar="登录名", help="给哪个程序账号；默认给签发人自己。")
@click.option("--name", required=True, metavar="名称", help="令牌用途。")
@click.option("--scope", "scopes", required=True, multiple=True, metavar="权限", help="允许的权限，可写多个。")
@click.option("--days", type=click.IntRange(1, LONGEST_DAYS), metavar="天数", help="有效天数；默认不限。")
def create(issuer: str, holder: str | None, name: str, scopes: tuple[str, ...], days: int | None) -> None:
    """签发一个接口令牌；令牌只显示这一次。"""
    with open_runtime() as runtime:
        with runtime.read(SYSTEM) as tx:
            principal: Principal = principal_for(_person(tx, issuer))
        with runtime.write(principal.actor) as tx:
            issued = api_tokens.issue(
                tx,
                principal,
                name=name,
                scopes=scopes,
                person_id=_person(tx, holder).id if holder else None,
                expires_at=tx.now + timedelta(days=days) if days else None,
            )
    click.echo(issued.secret)


def _person(tx: Transaction, login: str) -> Person:
    found = persons.by_login(tx, login)
    if found is None or not found.active:
        raise NotFound(f"没有可用的账号“{login}”")
    return found
