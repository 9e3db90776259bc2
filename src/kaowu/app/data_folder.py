"""The data folder: everything a node keeps lies under KAOWU_DATA, secrets readable by their owner only.

kaowu.sqlite3     the database, unless KAOWU_DATABASE_URL names another
keys/             secrets made at first start, mode 0600
uploads/          files under examination, removed when they are done with
artefacts/        sealed results, by their digest
suite             the cipher suite that was chosen at first start
"""

import os
import secrets
from dataclasses import dataclass
from pathlib import Path

from kaowu.basics.private_files import write_private


@dataclass(frozen=True)
class DataFolder:
    """Paths below one node's folder; a directory is made when it is first asked for."""

    root: Path

    @property
    def database(self) -> Path:
        return self.root / "kaowu.sqlite3"

    @property
    def keys(self) -> Path:
        return _private(self.root / "keys")

    @property
    def uploads(self) -> Path:
        return _private(self.root / "uploads")

    @property
    def artefacts(self) -> Path:
        return _private(self.root / "artefacts")

    def secret(self, name: str, size: int = 32) -> bytes:
        """The secret of this name, made once. Two processes starting together end up with the same one."""
        path = self.keys / name
        if not path.exists():
            draft = self.keys / f".{name}.{os.getpid()}"
            write_private(draft, secrets.token_bytes(size))
            try:
                os.link(draft, path)  # fails if another process was first; its secret then holds
            except FileExistsError:
                pass
            finally:
                draft.unlink()
        return path.read_bytes()

    def chosen(self, name: str, wanted: str | None, usual: str) -> str:
        """What was chosen once for this folder; raises ValueError if something else is wanted later."""
        path = self.root / name
        if not path.exists():
            write_private(path, (wanted or usual).encode())
        kept = path.read_text(encoding="utf-8")
        if wanted and wanted != kept:
            raise ValueError(f"this node was begun with {name} {kept}, not {wanted}")
        return kept


def from_environment() -> DataFolder:
    """KAOWU_DATA, or `var/kaowu` below the place the program was started in."""
    root = Path(os.environ.get("KAOWU_DATA") or "var/kaowu").expanduser().resolve()
    return DataFolder(_private(root))


def _private(path: Path) -> Path:
    path.mkdir(mode=0o700, parents=True, exist_ok=True)
    return path
