"""Click's own words in Chinese: it looks them up through gettext, for which no Chinese catalogue exists."""

from __future__ import annotations

import sys
from gettext import gettext
from typing import Any

import click
from sqlalchemy.exc import OperationalError

from engine.errors import MinhuError

WORDS = {
    "Usage:": "用法：",
    "Options": "选项",
    "Commands": "命令",
    "Positional arguments": "参数",
    "Show this message and exit.": "显示本说明后退出。",
    "Show the version and exit.": "显示版本号后退出。",
    "Try '{command} {option}' for help.": "输入“{command} {option}”查看说明。",
    "Error: {message}": "错误：{message}",
    "Error: invalid input": "错误：输入无效",
    "Error: The two entered values do not match.": "错误：两次输入不一致。",
    "Aborted!": "已中止。",
    "Repeat for confirmation": "请再输入一次",
    "Do you want to continue?": "要继续吗？",
    "Confirm the action without prompting.": "不再询问，直接执行。",
    "Press any key to continue...": "按任意键继续……",
    "default: {default}": "默认：{default}",
    "default": "默认",
    "(dynamic)": "（运行时决定）",
    "required": "必填",
    "env var: {var}": "环境变量：{var}",
    "({label})": "（{label}）",
    "({label}: {deprecated})": "（{label}：{deprecated}）",
    "deprecated": "已弃用",
    "Choose from:\n\t{choices}": "可选：\n\t{choices}",
    "%(prog)s, version %(version)s": "%(prog)s，版本 %(version)s",
    "Missing argument": "缺少参数",
    "Missing option": "缺少选项",
    "Missing parameter": "缺少参数",
    "Missing command.": "缺少命令。",
    "Missing parameter: {param_name}": "缺少参数：{param_name}",
    "Missing {param_type}": "缺少{param_type}",
    "{missing}{param_hint}.{msg}": "{missing}{param_hint}。{msg}",
    "Invalid value: {message}": "取值无效：{message}",
    "Invalid value for {param_hint}: {message}": "{param_hint} 的取值无效：{message}",
    "No such command {name!r}.": "没有命令 {name!r}。",
    "No such option {name!r}.": "没有选项 {name!r}。",
    "Did you mean {possibility}?": "是不是 {possibility}？",
    "(Did you mean one of: {possibilities}?)": "（是不是其中之一：{possibilities}？）",
    "Got unexpected extra argument ({args})": "多出了参数（{args}）",
    "Got unexpected extra arguments ({args})": "多出了参数（{args}）",
    "Option {name!r} does not take a value.": "选项 {name!r} 不带值。",
    "Option {name!r} requires an argument.": "选项 {name!r} 需要一个值。",
    "Option {name!r} requires {nargs} arguments.": "选项 {name!r} 需要 {nargs} 个值。",
    "Argument {name!r} takes {nargs} values.": "参数 {name!r} 需要 {nargs} 个值。",
    "Takes {nargs} values but 1 was given.": "需要 {nargs} 个值，只给了 1 个。",
    "Takes {nargs} values but {len} were given.": "需要 {nargs} 个值，给了 {len} 个。",
    "{len_type} values are required, but {len_value} was given.": "需要 {len_type} 个值，给了 {len_value} 个。",
    "{len_type} values are required, but {len_value} were given.": "需要 {len_type} 个值，给了 {len_value} 个。",
    "Value must be an iterable.": "取值应是一组值。",
    "Invalid start character for option ({option})": "选项的开头字符无效（{option}）",
    "{value!r} is not a valid {number_type}.": "{value!r} 不是有效的{number_type}。",
    "{value!r} is not a valid boolean. Recognized values: {states}": "{value!r} 不是是否值。可用：{states}",
    "{value!r} is not a valid UUID.": "{value!r} 不是有效的 UUID。",
    "{value!r} is not one of {choices}.": "{value!r} 不在可选值 {choices} 之中。",
    "{value!r} is not {choice}.": "{value!r} 不是 {choice}。",
    "{value} is not in the range {range}.": "{value} 不在范围 {range} 之内。",
    "{value!r} does not match the format {format}.": "{value!r} 不符合格式 {format}。",
    "{value!r} does not match the formats {formats}.": "{value!r} 不符合格式 {formats}。",
    "{name} {filename!r} does not exist.": "{name} {filename!r} 不存在。",
    "{name} {filename!r} is a directory.": "{name} {filename!r} 是文件夹。",
    "{name} {filename!r} is a file.": "{name} {filename!r} 是文件。",
    "{name} {filename!r} is not executable.": "{name} {filename!r} 不能执行。",
    "{name} {filename!r} is not readable.": "{name} {filename!r} 无法读取。",
    "{name} {filename!r} is not writable.": "{name} {filename!r} 无法写入。",
    "Could not open file {filename!r}: {message}": "打不开文件 {filename!r}：{message}",
    "file": "文件",
    "directory": "文件夹",
    "path": "路径",
    "unknown error": "未知错误",
    "DeprecationWarning: The command {name!r} is deprecated.{extra_message}": (
        "提醒：命令 {name!r} 已弃用。{extra_message}"
    ),
    "DeprecationWarning: The {param_type} {name!r} is deprecated.{extra_message}": (
        "提醒：{param_type} {name!r} 已弃用。{extra_message}"
    ),
}


def translate(message: str) -> str:
    """Click's message in Chinese, itself when we have no word for it."""
    return WORDS.get(message) or gettext(message)


def translate_number(singular: str, plural: str, n: int) -> str:
    """The same for messages with a singular and a plural."""
    return translate(singular if n == 1 else plural)


def speak_chinese() -> None:
    """Replace the look-up in every module of click; the layout functions stay click's."""
    for name, module in list(sys.modules.items()):
        if name.startswith("click."):
            if hasattr(module, "_"):
                setattr(module, "_", translate)  # noqa: B010 - the name is click's
            if hasattr(module, "ngettext"):
                setattr(module, "ngettext", translate_number)  # noqa: B010


class ChineseFormatter(click.HelpFormatter):
    """Headings and the usage line with Chinese colons."""

    def write_usage(self, prog: str, args: str = "", prefix: str | None = None) -> None:
        super().write_usage(prog, args, "用法：" if prefix is None else prefix)

    def write_heading(self, heading: str) -> None:
        self.write(f"{'':>{self.current_indent}}{heading}：\n")


class ChineseContext(click.Context):
    """What a command's help is laid out with."""

    formatter_class = ChineseFormatter


class ChineseCommand(click.Command):
    """A command whose usage line is Chinese and whose errors are sentences, not tracebacks."""

    context_class = ChineseContext

    def __init__(self, *arguments: Any, **settings: Any) -> None:
        super().__init__(*arguments, **{"options_metavar": "[选项]", **settings})

    def invoke(self, ctx: click.Context) -> Any:
        try:
            return super().invoke(ctx)
        except MinhuError as error:
            raise click.ClickException(error.message) from error
        except OperationalError as error:
            raise click.ClickException(f"连接不上数据库，请检查 DATABASE_URL：{error.orig}") from error


class ChineseGroup(click.Group):
    """A group of such commands."""

    context_class = ChineseContext
    command_class = ChineseCommand
    group_class = type

    def __init__(self, *arguments: Any, **settings: Any) -> None:
        chinese = {"options_metavar": "[选项]", "subcommand_metavar": "命令 [参数]…", **settings}
        super().__init__(*arguments, **chinese)
