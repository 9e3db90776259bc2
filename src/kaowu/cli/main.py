"""The command line: every module of this folder is one command of `kaowu`.

A module `roster.py` that holds a click command named `command` is offered as
`kaowu roster`; an underscore in a file name becomes a hyphen, and modules whose
names begin with an underscore are not commands. Nothing is imported before it
is called: even the list of commands comes from the first line of each
module's docstring, read as text, so that help appears at once.
"""

from __future__ import annotations

import re
from importlib import import_module
from pathlib import Path

import click

FOLDER = Path(__file__).parent
NOT_COMMANDS = {"main"}
FIRST_DOCSTRING_LINE = re.compile(r'\A(?:#[^\n]*\n|\s*\n)*[rR]?"""\s*(?P<line>[^\n]*?)\s*(?:"""|\n|\Z)')


def command_modules(folder: Path = FOLDER) -> dict[str, Path]:
    """Command names and the files that hold them, in alphabetical order."""
    files = (path for path in sorted(folder.glob("*.py")) if not path.stem.startswith("_"))
    packages = (
        path / "__init__.py"
        for path in sorted(folder.iterdir())
        if not path.name.startswith("_") and (path / "__init__.py").is_file()
    )
    found = {path.stem: path for path in files if path.stem not in NOT_COMMANDS}
    found.update({path.parent.name: path for path in packages})
    return {stem.replace("_", "-"): found[stem] for stem in sorted(found)}


def summary(path: Path) -> str:
    """The first line of a module's docstring, without importing the module."""
    with path.open(encoding="utf-8") as file:
        match = FIRST_DOCSTRING_LINE.match(file.read(2000))
    return match["line"] if match else ""


class CommandFolder(click.Group):
    """A group whose commands are the modules of `kaowu.cli`, imported when called."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Names come from the file names alone."""
        return list(command_modules())

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Import the one module that was asked for."""
        if cmd_name not in command_modules():
            return None
        module = import_module(f"kaowu.cli.{cmd_name.replace('-', '_')}")
        command: click.Command = module.command
        command.name = cmd_name
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """One line for each command, from its docstring."""
        rows = [(name, summary(path)) for name, path in command_modules().items()]
        if rows:
            with formatter.section("命令 Commands"):
                formatter.write_dl(rows)


@click.command(cls=CommandFolder, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="kaowu", message="kaowu %(version)s")
def group() -> None:
    """考务：组织大规模纸笔考试，每个座位、每份试卷、每项决定均有据可查。

    kaowu administers large paper exams: every seat, paper and decision is
    accounted for. `kaowu COMMAND --help` explains one command.
    """


def main() -> None:
    """Entry point of the installed program."""
    group.main(prog_name="kaowu")


if __name__ == "__main__":
    main()
