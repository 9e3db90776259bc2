"""The rulebook: every pack, line, script, profile and checklist, read from TOML and held together.

Files are found by walking the data folders of this package and of the
extensions: `packs/`, `lines/`, `scripts/`, `profiles/`, `checklists/`. A file's
name is the id of what it holds. Every fault of every file is collected and
raised at once, each as one sentence with file and key.
"""

import importlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from kaowu.basics.errors import Refused, Sentence
from kaowu.basics.extensions import packages_of
from kaowu.rules.line import UNITS, LineSpec, Shape
from kaowu.rules.model import Checklist, ChecklistItem, MinuteScript, Pack, Step
from kaowu.rules.moment import Moment, read_moment
from kaowu.rules.profile import AUTHORITY, Line, Profile
from kaowu.rules.read_pack import read_pack
from kaowu.rules.toml_table import Fault, FaultyRules, Table, Wrong

CORE_STEPS = (
    "collect_papers",
    "enter",
    "unseal",
    "distribute",
    "start",
    "entry_closed",
    "mark_absent",
    "end",
    "collect",
)
"""Steps that checks and screens speak of; every minute script has them."""

KINDS = ("lines", "packs", "scripts", "checklists", "profiles")
"""The folders of rule data, in the order in which they are read."""

PROOFS = ("tick", "signature", "count", "time", "photo", "seal")
OCCASIONS = ("foreign_language", "chinese", "first_sitting")
_SET_BY_AUTHORITY = "主办机构设定"


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
        self.joined: dict[str, list[Pack]] = {}
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
            self._lines(name, table)
        for name, table in files["packs"].items():
            self._pack(name, table)
        posts = set(files["checklists"])
        for name, table in files["scripts"].items():
            self._script(name, table, posts)
        for name, table in files["checklists"].items():
            self._checklist(name, table, posts)
        for name, table in files["checklists"].items():
            self._confirmations(self.checklists[name], table)
        self._profiles(files["profiles"])

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

    # Lines ---------------------------------------------------------------

    def _lines(self, group: str, table: Table) -> None:
        self.groups[group] = table.sentence()
        for key, row in table.tables("lines"):
            if key in self.lines:
                other = self.lines[key].group
                row.fault(
                    "", f"这一行已在 lines/{other}.toml 中声明", f"already declared in lines/{other}.toml"
                )
            self.lines[key] = self._line(key, group, row)
        table.end()

    def _line(self, key: str, group: str, row: Table) -> LineSpec:
        shape = row.text("shape", default="number")
        if shape not in list(Shape):
            row.fault("shape", f"没有“{shape}”这种形式", f"there is no shape “{shape}”")
            shape = "number"
        unit = row.text("unit", default="")
        if unit not in UNITS:
            row.fault("unit", f"没有“{unit}”这个单位", f"there is no unit “{unit}”")
            unit = ""
        spec = LineSpec(
            key=key,
            group=group,
            label=row.sentence(),
            shape=Shape(shape),
            unit=unit,
            least=row.number("least", default=0),
            most=row.number("most", default=100_000),
            choices={code: choice.sentence() for code, choice in row.tables("choices")},
            parts=row.texts("parts"),
            optional=row.yes_no("optional"),
        )
        if "default" in row.values:
            try:
                spec = LineSpec(
                    **{**vars(spec), "default": spec.take(row.value("default")), "has_default": True}
                )
            except Wrong as wrong:
                row.fault("default", wrong.sentence.zh, wrong.sentence.en)
        row.end()
        return spec

    # Packs ---------------------------------------------------------------

    def _pack(self, name: str, table: Table) -> None:
        pack = read_pack(name, table, self.lines)
        self.packs[name] = pack
        for profile in table.texts("joins"):
            self.joined.setdefault(profile, []).append(pack)
        table.end()

    # Scripts and checklists ----------------------------------------------

    def _script(self, name: str, table: Table, posts: set[str]) -> None:
        steps: dict[str, Step] = {}
        for row in table.rows("steps"):
            step = self._step(row, posts)
            if step.key in steps:
                row.fault("key", f"步骤“{step.key}”重复", f"the step “{step.key}” stands twice")
            steps[step.key] = step
            row.end()
        for key in CORE_STEPS:
            if key not in steps:
                table.fault("steps", f"缺少步骤“{key}”", f"the step “{key}” is missing")
        self.scripts[name] = MinuteScript(name, table.sentence(), table.text("source"), tuple(steps.values()))
        table.end()

    def _step(self, row: Table, posts: set[str]) -> Step:
        when = row.table("when")
        step = Step(
            key=row.text("key"),
            label=row.sentence(),
            post=row.text("post"),
            at=self._moment(row, "at"),
            when={
                occasion: self._moment(when, occasion) for occasion in OCCASIONS if occasion in when.values
            },
            command=row.optional_sentence("command_zh", "command_en"),
            to_confirm=row.yes_no("to_confirm"),
        )
        when.end()
        if step.at.is_step:
            row.fault("at", "步骤的时刻须从 T 或 E 算起", "the moment of a step counts from T or E")
        if step.post and step.post not in posts:
            row.fault("post", f"岗位“{step.post}”没有清单", f"the post “{step.post}” has no checklist")
        return step

    def _moment(self, row: Table, name: str) -> Moment:
        moment = row.read(name, read_moment)
        if moment and moment.line:
            spec = self.lines.get(moment.line)
            if spec is None or spec.shape is not Shape.NUMBER or spec.optional:
                row.fault(
                    name, f"“{moment.line}”不是一个数字行", f"“{moment.line}” is no line that holds a number"
                )
                return Moment(moment.anchor)
        return moment or Moment("T")

    def _checklist(self, name: str, table: Table, posts: set[str]) -> None:
        items: dict[str, ChecklistItem] = {}
        for row in table.rows("items"):
            item = ChecklistItem(
                code=row.text("code"),
                at=self._moment(row, "at"),
                text=row.sentence(),
                proof=row.text("proof", default="tick"),
                confirms=row.texts("confirms"),
                every_minutes=row.number("every_minutes", default=0),
            )
            if item.code in items:
                row.fault("code", f"清单项“{item.code}”重复", f"the item “{item.code}” stands twice")
            if item.proof not in PROOFS:
                row.fault("proof", f"应为 {'、'.join(PROOFS)} 之一", f"should be one of {', '.join(PROOFS)}")
            for script in self.scripts.values():
                if item.at.is_step and item.at.anchor not in script.by_key:
                    row.fault(
                        "at",
                        f"时间脚本 {script.id} 没有步骤“{item.at.anchor}”",
                        f"the minute script {script.id} has no step “{item.at.anchor}”",
                    )
            items[item.code] = item
            row.end()
        if not items:
            table.fault("items", "清单没有内容", "the list is empty")
        watched_by = table.texts("watched_by")
        for post in watched_by:
            if post not in posts:
                table.fault("watched_by", f"岗位“{post}”没有清单", f"the post “{post}” has no checklist")
        self.checklists[name] = Checklist(
            name,
            table.sentence(),
            table.sentence("duty_zh", "duty_en"),
            watched_by,
            tuple(items.values()),
        )
        table.end()

    def _confirmations(self, checklist: Checklist, table: Table) -> None:
        for item in checklist.items:
            for other in item.confirms:
                post, _, code = other.partition(".")
                known = self.checklists.get(post)
                if known is None or code not in {i.code for i in known.items}:
                    table.fault(
                        f"items.{item.code}",
                        f"互相核对的清单项“{other}”不存在",
                        f"the item “{other}” that it confirms does not exist",
                    )

    # Profiles ------------------------------------------------------------

    def _profiles(self, tables: dict[str, Table]) -> None:
        waiting = dict(tables)
        while waiting:
            ready = [n for n, t in waiting.items() if t.values.get("extends") not in waiting]
            if not ready:
                for table in waiting.values():
                    table.fault("extends", "互相继承，没有起点", "they extend each other in a circle")
                return
            for name in ready:
                self.profiles[name] = self._profile(name, waiting.pop(name))
        for name, packs in self.joined.items():
            if name not in self.profiles:
                self.faults.append(
                    Fault(
                        f"packs/{packs[0].id}.toml",
                        "joins",
                        Sentence(f"没有“{name}”这个类别配置", f"there is no profile “{name}”"),
                    )
                )
        self.profiles = {name: self.profiles[name] for name in tables}

    def _profile(self, name: str, table: Table) -> Profile:
        parent = self._parent(table)
        packs = list(parent.packs if parent else ())
        for pack_id in table.texts("packs", default=() if parent else None):
            if pack_id not in self.packs:
                table.fault("packs", f"没有“{pack_id}”这个法规包", f"there is no pack “{pack_id}”")
            elif self.packs[pack_id] not in packs:
                packs.append(self.packs[pack_id])
        packs += [pack for pack in self.joined.get(name, ()) if pack not in packs]
        lines = dict(parent.lines if parent else {})
        given = table.table("lines")
        for key in given.values:
            lines.update(self._profile_line(key, given))
        for key, spec in self.lines.items():
            if key not in lines and spec.has_default:
                lines[key] = Line(spec, spec.default, AUTHORITY, _SET_BY_AUTHORITY)
            elif key not in lines and key not in given.values:
                table.fault(
                    f"lines.{key}", f"缺少配置行“{spec.label.zh}”", f"the line “{spec.label.en}” is missing"
                )
        profile = Profile(
            name,
            table.sentence(),
            table.sentence("story_zh", "story_en"),
            tuple(packs),
            {key: lines[key] for key in self.lines if key in lines},
            self.scripts,
            table.optional_sentence("candidate_zh", "candidate_en")
            or (parent.candidate_term if parent else Sentence("考生", "candidate")),
        )
        table.end()
        self._require_script(profile, table)
        return profile

    def _parent(self, table: Table) -> Profile | None:
        name = table.text("extends", default="")
        if name and name not in self.profiles:
            table.fault("extends", f"没有“{name}”这个类别配置", f"there is no profile “{name}”")
        return self.profiles.get(name)

    def _profile_line(self, key: str, given: Table) -> dict[str, Line]:
        spec = self.lines.get(key)
        if spec is None:
            given.fault(
                key,
                "没有声明过这一行（见 lines 文件夹）",
                "no line of that name is declared (see the folder lines)",
            )
            return {}
        row = given.table(key)
        raw = row.value("value")
        source = row.text("source")
        note = row.optional_sentence("note_zh", "note_en")
        to_confirm = row.yes_no("to_confirm")
        row.end()
        try:
            value = spec.take(raw) if raw is not None else spec.default
        except Wrong as wrong:
            row.fault("value", wrong.sentence.zh, wrong.sentence.en)
            return {}
        return {key: Line(spec, value, source, self._cited(source, row), note, to_confirm)}

    def _cited(self, source: str, row: Table) -> str:
        if source == AUTHORITY:
            return _SET_BY_AUTHORITY
        pack_id, _, code = source.partition(" ")
        pack = self.packs.get(pack_id.lower())
        if source and (pack is None or code not in pack.clauses):
            row.fault("source", f"条款“{source}”不存在", f"the clause “{source}” does not exist")
        return pack.said(pack.clauses[code]) if pack and code in pack.clauses else source

    def _require_script(self, profile: Profile, table: Table) -> None:
        line = profile.lines.get("minute_script")
        if line and line.value not in self.scripts:
            table.fault(
                "lines.minute_script",
                f"没有“{line.value}”这个时间脚本",
                f"there is no minute script “{line.value}”",
            )
