"""The rulebook: every pack, line, script, profile and checklist, read from TOML and held together.

Files are found by walking the data folders of this package and of the
extensions: `packs/`, `lines/`, `scripts/`, `profiles/`, `checklists/`. A file's
name is the id of what it holds. Every fault of every file is collected and
raised at once, each as one sentence with file and key.
"""

import importlib
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from kaowu.basics.errors import Refused, Sentence
from kaowu.basics.extensions import packages_of
from kaowu.basics.suites import deployed
from kaowu.rules.line import LineSpec
from kaowu.rules.model import Checklist, MinuteScript, Pack
from kaowu.rules.profile import Profile
from kaowu.rules.read_day import read_checklist, read_script, require_confirmations
from kaowu.rules.read_lines import read_lines
from kaowu.rules.read_pack import read_pack
from kaowu.rules.read_profiles import Profiles
from kaowu.rules.toml_table import Fault, FaultyRules, Table

KINDS = ("lines", "packs", "scripts", "checklists", "profiles")
"""The folders of rule data, in the order in which they are read."""


@dataclass(frozen=True)
class Rulebook:
    """Everything the rule data say."""

    packs: Mapping[str, Pack]
    groups: Mapping[str, Sentence]
    lines: Mapping[str, LineSpec]
    scripts: Mapping[str, MinuteScript]
    profiles: Mapping[str, Profile]
    checklists: Mapping[str, Checklist]

    def profile(self, name: str) -> Profile:
        """The profile of that name; Refused if there is none."""
        try:
            return self.profiles[name]
        except KeyError:
            known = ", ".join(self.profiles)
            raise Refused(
                "profile_unknown",
                Sentence(f"没有“{name}”这个考试类别配置。", f"There is no exam profile “{name}”."),
                remedy=Sentence(f"可用的有：{known}。", f"Choose one of: {known}."),
            ) from None


def rulebook(*folders: Path) -> Rulebook:
    """The rulebook of this installation, with the data of further folders if given."""
    return _read((*data_folders(), *folders))


def data_folders() -> tuple[Path, ...]:
    """The folders of the packages that make up the rules."""
    return tuple(
        Path(folder)
        for package in packages_of("rules")
        for folder in importlib.import_module(package).__path__
    )


@lru_cache(maxsize=1)
def rules_digest() -> bytes:
    """The digest of every pack, profile, line, script and checklist of this program, name by name."""
    hasher = deployed().hasher()
    for folder in data_folders():
        for file in sorted(folder.rglob("*.toml")):
            content = file.read_bytes()
            hasher.update(f"{file.relative_to(folder).as_posix()} {len(content)}\n".encode() + content)
    return hasher.digest()


def faults_of(*folders: Path) -> tuple[Fault, ...]:
    """What is wrong in the rule data with these folders added; empty when all is well."""
    return faults_in((*data_folders(), *folders))


def faults_in(folders: tuple[Path, ...]) -> tuple[Fault, ...]:
    """What is wrong in exactly these folders; empty when all is well."""
    try:
        _read(folders)
    except FaultyRules as faulty:
        return faulty.faults
    return ()


@lru_cache(maxsize=8)
def _read(folders: tuple[Path, ...]) -> Rulebook:
    reading = _Reading(folders)
    book = reading.all()
    if reading.faults:
        raise FaultyRules(reading.faults)
    return book


class _Reading:
    """One reading of all folders; later kinds of files are held against earlier ones."""

    def __init__(self, folders: tuple[Path, ...]) -> None:
        self.folders = folders
        self.faults: list[Fault] = []
        self.groups: dict[str, Sentence] = {}
        self.lines: dict[str, LineSpec] = {}
        self.packs: dict[str, Pack] = {}
        self.scripts: dict[str, MinuteScript] = {}
        self.checklists: dict[str, Checklist] = {}
        self.profiles: dict[str, Profile] = {}

    def all(self) -> Rulebook:
        files = {kind: dict(self._files(kind)) for kind in KINDS}
        if not self.faults:
            # A file that is no TOML at all would make every other file look wrong.
            self._all(files)
        return Rulebook(self.packs, self.groups, self.lines, self.scripts, self.profiles, self.checklists)

    def _all(self, files: dict[str, dict[str, Table]]) -> None:
        for name, table in files["lines"].items():
            self.groups[name] = table.sentence()
            self.lines |= read_lines(name, table, self.lines)
            table.end()
        joined = self._packs(files["packs"], files["profiles"].keys())
        posts = files["checklists"].keys()
        for name, table in files["scripts"].items():
            self.scripts[name] = read_script(name, table, posts, self.lines)
        for name, table in files["checklists"].items():
            self.checklists[name] = read_checklist(name, table, posts, self.lines, self.scripts.values())
        for name, table in files["checklists"].items():
            require_confirmations(self.checklists[name], table, self.checklists)
        profiles = Profiles(self.lines, self.packs, joined, self.scripts)
        self.profiles = profiles.read(files["profiles"])

    def _packs(self, tables: Mapping[str, Table], profiles: Collection[str]) -> dict[str, list[Pack]]:
        """Read the packs; returns those that join a profile without being listed in it."""
        joined: dict[str, list[Pack]] = {}
        for name, table in tables.items():
            pack = self.packs[name] = read_pack(name, table, self.lines)
            for profile in table.texts("joins"):
                joined.setdefault(profile, []).append(pack)
                if profile not in profiles:
                    table.fault("joins", f"没有“{profile}”这个类别配置", f"there is no profile “{profile}”")
            table.end()
        return joined

    def _files(self, kind: str) -> Iterator[tuple[str, Table]]:
        seen: dict[str, Path] = {}
        for path in [path for folder in self.folders for path in sorted((folder / kind).glob("*.toml"))]:
            file = f"{kind}/{path.name}"
            if path.stem in seen:
                first = seen[path.stem]
                self.faults.append(
                    Fault(file, "", Sentence(f"与 {first} 重名", f"has the same name as {first}"))
                )
                continue
            seen[path.stem] = path
            try:
                content = path.read_text(encoding="utf-8")
            except (UnicodeDecodeError, OSError) as error:
                self.faults.append(
                    Fault(file, "", Sentence(f"无法读取：{error}", f"cannot be read: {error}"))
                )
                continue
            yield path.stem, Table.of_text(file, content, self.faults)
