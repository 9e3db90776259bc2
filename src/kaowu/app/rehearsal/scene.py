"""How large a rehearsal is and what its parts are called; and the process that makes it (`building`)."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path

from kaowu.basics.clock import Instant

EXAM, SITTING, SUBJECT = "rehearsal", "S1", "语文"
COUNTY = "000000"
ABOVE, HERE = "above", "here"
MINUTE = 60_000
OPENS = 25 * MINUTE
"""Before the start: when the gates open."""
LASTS = 150 * MINUTE
ITEMS = (("1", 40), ("2", 60))
PEOPLE = {
    "gate": "chief_invigilator",
    "vault": "vault_keeper",
    "deputy": "deputy_site_chief",
    "clerk-1": "score_clerk",
    "clerk-2": "score_clerk",
    "clerk-3": "score_clerk",
}
_BUILD = "import sys, django; django.setup(); from kaowu.app.rehearsal import building; building.build_and_serve(sys.argv[1])"


class NotMade(RuntimeError):
    """The nodes of the rehearsal could not be made."""


@dataclass(frozen=True, slots=True)
class Scene:
    """How large the rehearsal is, and where its parts find each other."""

    site: str
    rooms: tuple[tuple[str, int], ...]
    terminals: dict[str, str]
    """Name and public key of each."""
    bags: int
    """Of how many rooms the answer sheets are scanned."""
    starts_at: Instant
    profile: str
    password: str
    suite: str
    url: str = ""
    """Where the node finds the one above."""

    @property
    def candidates(self) -> int:
        """How many come."""
        return sum(seats for _, seats in self.rooms)

    @property
    def gate_acts(self) -> int:
        """How much terminals hand in: a packet for each room, and everybody."""
        return self.candidates + len(self.rooms)

    def tickets(self, room: str, seats: int) -> list[str]:
        """The admission numbers of a room."""
        return [f"99{self.site}{room}{seat:02d}" for seat in range(1, seats + 1)]

    def subject(self, room: str) -> str:
        """As facts name a room in the sitting."""
        return f"{SITTING}/{self.site}/{room}"


@contextmanager
def made(folder: Path, scene: Scene) -> Iterator[int]:
    """Both nodes below a folder, and the port of the one above, which answers meanwhile. Raises NotMade.

    It is a process of its own: this one may hold a real node's keys.
    """
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    (folder / "scene.json").write_text(json.dumps(asdict(scene)), "utf-8")
    with (folder / "log").open("w+", encoding="utf-8") as log:
        process = subprocess.Popen(
            [sys.executable, "-c", _BUILD, str(folder)],
            env=environment(folder / "blank", scene),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=log,
            start_new_session=True,
            text=True,
        )
        assert process.stdin is not None and process.stdout is not None
        try:
            port = process.stdout.readline().strip()
            if not port:
                log.seek(0)
                raise NotMade((log.read().strip().splitlines() or ["no answer"])[-1])
            yield int(port)
        finally:
            process.stdin.close()
            process.wait()


def environment(data: Path, scene: Scene, **more: str) -> dict[str, str]:
    """The environment of a process that works in one of the rehearsal's data folders, and in no other."""
    kept = ("KAOWU_EXTENSIONS",)
    inherited = {k: v for k, v in os.environ.items() if k in kept or not k.startswith(("KAOWU_", "DJANGO_"))}
    own = {
        "KAOWU_DATA": str(data),
        "KAOWU_SUITE": scene.suite,
        "DJANGO_SETTINGS_MODULE": "kaowu.app.settings",
    }
    return inherited | own | more


def read(folder: Path) -> Scene:
    """The scene that a folder is to hold."""
    said = json.loads((folder / "scene.json").read_text("utf-8"))
    rooms = tuple((room, seats) for room, seats in said.pop("rooms"))
    return Scene(rooms=rooms, **said)
