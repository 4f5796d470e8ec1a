"""minhu serve"""

from __future__ import annotations

import errno
import ipaddress
import socket

import click
import uvicorn
from uvicorn.supervisors import Multiprocess

from engine.errors import Refused
from hotline.seed_people import DEMO_LOGINS, DEMO_PASSWORD
from minhu import startup
from minhu.application import build_runtime, create_app
from minhu.chinese_click import ChineseCommand
from minhu.commands.environment import open_runtime
from minhu.settings import Settings

GRACE_SECONDS = 10
BACKLOG = 2048
MOST_WORKERS = 64


@click.command(cls=ChineseCommand)
@click.option(
    "--workers",
    type=click.IntRange(1, 64),
    default=1,
    show_default=True,
    metavar="数量",
    help="进程数；多于一个时需要 PostgreSQL。",
)
@click.option("--demo/--no-demo", default=None, help="空库是否载入演示数据；默认只在本机地址上载入。")
def serve(workers: int, demo: bool | None) -> None:
    """启动网站和接口；使用内置数据库时先自动准备好一切。"""
    settings = Settings.from_environment()
    with listening(settings) as listener:
        address = f"http://{settings.host}:{listener.getsockname()[1]}"
        embedded = settings.database_url.startswith("sqlite")
        if workers > 1 and embedded:
            raise Refused("内置数据库只能用一个进程；要用多个进程请把 DATABASE_URL 指向 PostgreSQL")
        if embedded:
            prepare(settings, demo=_is_loopback(settings.host) if demo is None else demo)
        else:
            with open_runtime(settings):
                pass  # only to see that the schema fits; migrating is a step of its own
        click.echo(f"工单办理系统已启动：{address}（按 Ctrl-C 停止）")
        run(settings, listener, workers)


def prepare(settings: Settings, *, demo: bool) -> None:
    """Schema, processes, organisation and, in an empty database, demo data."""
    if startup.migrate_database(settings):
        click.echo("数据库结构已更新。")
    runtime = build_runtime(settings)
    made = startup.deploy_shipped(runtime, settings)
    if made and made.definitions:
        click.echo("已部署流程：" + "、".join(d.name for d in made.definitions))
    startup.load_organisation(runtime)
    if demo and startup.is_empty(runtime):
        click.echo("空库：正在载入演示人员和工单……")
        startup.load_demo(runtime)
    if startup.has_demo_people(runtime):
        _print_logins()
    runtime.database.dispose()


def _print_logins() -> None:
    click.echo(f"演示账号（密码均为 {DEMO_PASSWORD}）：")
    for login, post in DEMO_LOGINS:
        click.echo(f"  {login:<26}{post}")


def listening(settings: Settings) -> socket.socket:
    """The bound socket; raises Refused when somebody else has the port."""
    family = socket.AF_INET6 if ":" in settings.host else socket.AF_INET
    # asyncio sets TCP_NODELAY only where the protocol is named; without it every answer waits 40 ms
    listener = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((settings.host, settings.port))
        listener.listen(BACKLOG)
    except OSError as error:
        listener.close()
        if error.errno == errno.EADDRINUSE:
            raise Refused(
                f"端口 {settings.port} 已被占用。请停止占用它的程序，或换一个端口：PORT={settings.port + 1} make run"
            ) from error
        raise Refused(f"无法在 {settings.host}:{settings.port} 上监听：{error.strerror}") from error
    listener.set_inheritable(True)
    return listener


def run(settings: Settings, listener: socket.socket, workers: int) -> None:
    """Serve until told to stop."""
    config = uvicorn.Config(
        create_app(settings) if workers == 1 else "minhu.application:create_from_environment",
        factory=workers > 1,
        workers=workers,
        log_level="warning",
        access_log=False,
        server_header=False,
        proxy_headers=bool(settings.trusted_proxy),
        forwarded_allow_ips=settings.trusted_proxy or None,
        timeout_graceful_shutdown=GRACE_SECONDS,
    )
    if workers == 1:
        uvicorn.Server(config).run(sockets=[listener])
    else:
        Multiprocess(config, sockets=[listener]).run()


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
