"""Where the checkout lies, for commands that belong to those who develop the program."""

from __future__ import annotations

from pathlib import Path

import kaowu


def project_root() -> Path | None:
    """The folder with pyproject.toml that this program was installed from, if any."""
    for folder in Path(kaowu.__file__).resolve().parents:
        if (folder / "pyproject.toml").is_file():
            return folder
    return None
