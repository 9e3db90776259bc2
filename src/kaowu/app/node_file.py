"""What a node is (`node.json` in the data folder): its name, its role, the unit it stands for, its epoch.

Without the file a node is a complete single node for trying things out. With
it, nothing of the example is ever loaded.
"""

import json
import os
from dataclasses import asdict, dataclass, replace
from pathlib import Path

from kaowu.basics.private_files import write_private

UNNAMED = "kaowu.local"


@dataclass(frozen=True, slots=True)
class NodeIdentity:
    """Name, role, organisation and epoch; a node that was never set up has no role."""

    name: str = UNNAMED
    role: str = ""
    organisation: str = ""
    epoch: int = 1
    url: str = ""

    @property
    def origin(self) -> str:
        """The name of the journal: node and epoch. A rebuilt node opens a new epoch."""
        return f"{self.name}/{self.epoch}"

    def in_epoch(self, epoch: int) -> "NodeIdentity":
        """The same node after it was rebuilt."""
        return replace(self, epoch=epoch)


def read_identity(folder: Path) -> NodeIdentity:
    """The identity in a data folder; KAOWU_NODE overrides the name of a node without one."""
    path = folder / "node.json"
    if path.exists():
        return NodeIdentity(**json.loads(path.read_text("utf-8")))
    return NodeIdentity(name=os.environ.get("KAOWU_NODE", UNNAMED))


def write_identity(folder: Path, identity: NodeIdentity) -> None:
    """Keep the identity; the file is whole or not there."""
    draft = folder / f".node.json.{os.getpid()}"
    write_private(draft, json.dumps(asdict(identity), ensure_ascii=False, indent=1).encode())
    draft.replace(folder / "node.json")
