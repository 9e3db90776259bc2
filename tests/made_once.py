"""What takes seconds to make and is the same for all, such as a node after its first start: made once in a run, copied for each."""

from __future__ import annotations

import fcntl
import os
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

MadeOnce = Callable[[str, Callable[[Path], object], Path], Path]


@pytest.fixture(scope="session")
def made_once(tmp_path_factory: pytest.TempPathFactory) -> MadeOnce:
    """`made_once(name, make, target)`: whoever comes first makes the folder, in whatever process; `target` is a copy."""
    shared = tmp_path_factory.getbasetemp()
    if "PYTEST_XDIST_WORKER" in os.environ:
        shared = shared.parent

    def copied(name: str, make: Callable[[Path], object], target: Path) -> Path:
        kept = shared / name
        with (shared / f"{name}.lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            if not kept.exists():
                begun = shared / f"{name}.begun"
                shutil.rmtree(begun, ignore_errors=True)  # of somebody who did not come to the end
                begun.mkdir(mode=0o700)
                make(begun)
                begun.rename(kept)
        return Path(shutil.copytree(kept, target, dirs_exist_ok=True))

    return copied
