"""The rules of the house that no linter knows: sizes, names, paths, locks."""

from __future__ import annotations

import re
import subprocess
import tomllib
from functools import cache
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from packaging.version import Version

ROOT = Path(__file__).resolve().parents[2]
LONGEST_FILE = 600
# Published as one file that an outsider can read and run with nothing beside it.
LONGER_ON_PURPOSE = {
    Path("tools/verify_draw.py"): 1_500,
    Path("tools/verify_archive.py"): 1_400,
    Path("src/kaowu/web/verifier/verify-fact.html"): 700,
}
WRITTEN_BY_HAND = {".py", ".html", ".css", ".js", ".ts", ".typ"}
EMPTY_NAMES = {"utils", "util", "helpers", "helper", "common", "shared", "misc", "stuff", "tools_common"}
SOMEBODYS_DISK = re.compile(r"(?<![\w.])/(?:work|root|home/\w+|Users/\w+)/")
UNFINISHED = re.compile(r"\b(?:TODO|FIXME|XXX)\b|\braise NotImplementedError\b")
LOCKS = ("run", "dev", "inner")


@cache
def files() -> tuple[Path, ...]:
    """Every file of the project that exists, committed or about to be."""
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        check=True,
        capture_output=True,
        text=True,
    ).stdout
    paths = (Path(name) for name in listed.split("\0") if name)
    return tuple(path for path in paths if (ROOT / path).is_file())


def text_of(path: Path) -> str:
    """The text of a file, or nothing for pictures, fonts and workbooks."""
    try:
        return (ROOT / path).read_text(encoding="utf-8")
    except UnicodeDecodeError:
        return ""


def sources() -> list[Path]:
    """What people wrote: code, templates and styles, without test data and made migrations."""
    written = [path for path in files() if path.suffix in WRITTEN_BY_HAND and "migrations" not in path.parts]
    return [path for path in written if path.parts[:2] != ("tests", "data")]


def test_no_file_is_too_long_to_be_read_at_one_sitting():
    long = {
        str(path): count
        for path in sources()
        if (count := len(text_of(path).splitlines())) > LONGER_ON_PURPOSE.get(path, LONGEST_FILE)
    }
    assert not long


def test_every_module_is_named_after_what_it_holds():
    assert not [str(path) for path in sources() if EMPTY_NAMES & {path.stem, *path.parts[:-1]}]


def test_nothing_points_to_somebodys_disk():
    here = Path(__file__).resolve().relative_to(ROOT)
    assert not [str(path) for path in files() if path != here and SOMEBODYS_DISK.search(text_of(path))]


def test_nothing_in_the_program_is_left_for_later():
    assert not [
        str(path) for path in sources() if path.parts[0] == "src" and UNFINISHED.search(text_of(path))
    ]


def pins(lock: str) -> dict[str, list[Requirement]]:
    """What a lock file pins, by name; a package may be pinned once for each version of Python."""
    found: dict[str, list[Requirement]] = {}
    for entry in text_of(Path("requirements") / f"{lock}.txt").replace("\\\n", "").splitlines():
        requirement = Requirement(entry.split("--hash")[0])
        found.setdefault(canonicalize_name(requirement.name), []).append(requirement)
    return found


@pytest.mark.parametrize("lock", LOCKS)
def test_a_lock_names_versions_and_hashes_but_no_address(lock):
    for entry in text_of(Path("requirements") / f"{lock}.txt").replace("\\\n", "").splitlines():
        assert "==" in entry, entry
        assert re.search(r"--hash=sha256:[0-9a-f]{64}", entry), entry
        assert not re.search(r"/|@|--(?!hash=)", entry), entry


def test_the_lock_holds_every_dependency_at_a_version_the_project_accepts():
    project = tomllib.loads(text_of(Path("pyproject.toml")))
    locked = pins("run")
    for line in project["project"]["dependencies"]:
        wanted = Requirement(line)
        assert canonicalize_name(wanted.name) in locked, f"{line}: run `make lock`"
        for pinned in locked[canonicalize_name(wanted.name)]:
            version = Version(next(iter(pinned.specifier)).version)
            assert wanted.specifier.contains(version), f"{line}: run `make lock`"


@pytest.mark.parametrize(("smaller", "larger"), [("run", "dev"), ("inner", "dev")])
def test_the_program_is_tested_with_the_versions_it_runs_with(smaller, larger):
    for name, pinned in pins(smaller).items():
        assert [str(one) for one in pinned] == [str(one) for one in pins(larger).get(name, [])]


def test_the_inner_floors_are_tested_where_django_is_absent():
    assert not [name for name in pins("inner") if name.startswith("django") or name == "psycopg"]
