"""minhu worker"""

from __future__ import annotations

import signal
import threading

import click

from minhu.application import run_worker
from minhu.chinese_click import ChineseCommand
from minhu.commands.environment import open_runtime


@click.command(cls=ChineseCommand)
def worker() -> None:
    """触发到期的时限、投递通知；PostgreSQL 部署时单独运行，可同时开多个。"""
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    with open_runtime() as runtime:
        click.echo("后台处理已启动。")
        run_worker(runtime, stop, embedded=False)
    click.echo("后台处理已停止。")
