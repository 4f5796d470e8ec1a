"""minhu worker"""

from __future__ import annotations

import signal
import threading
from datetime import timedelta

import click

from engine.errors import Refused
from minhu import startup
from minhu.application import run_worker
from minhu.chinese_click import ChineseCommand
from minhu.commands.environment import open_runtime

SEEN_WITHIN = timedelta(minutes=1)


@click.command(cls=ChineseCommand)
@click.option("--check", is_flag=True, help="只查看近一分钟是否有后台处理在运行（供健康检查）。")
def worker(check: bool) -> None:
    """触发到期的时限、投递通知；PostgreSQL 部署时单独运行，可同时开多个。"""
    with open_runtime() as runtime:
        if check:
            if not startup.worker_seen(runtime, SEEN_WITHIN):
                raise Refused("近一分钟没有后台处理在运行")
            click.echo("后台处理在运行。")
            return
        stop = threading.Event()
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: stop.set())
        click.echo("后台处理已启动。")
        run_worker(runtime, stop, embedded=False)
    click.echo("后台处理已停止。")
