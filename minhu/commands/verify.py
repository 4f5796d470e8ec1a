"""minhu verify"""

from __future__ import annotations

import click
from sqlalchemy import select

from engine import audit
from engine.errors import NotFound, Refused
from engine.tables import audit_entry
from engine.transaction import SYSTEM
from minhu.chinese_click import ChineseCommand
from minhu.commands.environment import open_runtime


@click.command(cls=ChineseCommand)
@click.argument("ticket", required=False, metavar="[工单编号]")
def verify(ticket: str | None) -> None:
    """逐条核对审计链；不写工单编号时核对全部。"""
    with open_runtime() as runtime, runtime.read(SYSTEM) as tx:
        streams = list(tx.connection.execute(select(audit_entry.c.stream).distinct()).scalars())
        if ticket is not None:
            streams = [stream for stream in streams if stream == audit.instance_stream(ticket)]
            if not streams:
                raise NotFound(f"没有工单 {ticket} 的审计记录，请核对编号")
        entries, broken = 0, []
        with click.progressbar(sorted(streams), label="核对审计链", width=30) as progress:
            for stream in progress:
                try:
                    entries += audit.verify(tx.connection, stream)
                except audit.ChainBroken as error:
                    broken.append(error.message)
    for message in broken:
        click.echo(message, err=True)
    if broken:
        raise Refused(f"{len(broken)} 条审计链不完整")
    click.echo(f"{len(streams)} 条审计链、{entries} 条记录，全部完整。")
