"""Django 管理命令 · Django's management commands."""

from __future__ import annotations

import os

import click


@click.command(context_settings={"ignore_unknown_options": True, "help_option_names": []})
@click.argument("arguments", nargs=-1, type=click.UNPROCESSED)
def command(arguments: tuple[str, ...]) -> None:
    """运行 Django 的管理命令。

    Run one of Django's management commands, such as `kaowu manage migrate`.
    """
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "kaowu.app.settings")
    from django.core.management import execute_from_command_line

    execute_from_command_line(["kaowu manage", *arguments])
