"""Reading profiles: first those that stand alone, then those that extend another.

A profile gives a value to every declared line; what it leaves out comes from
the profile that it extends, or from the line's default.
"""

from collections.abc import Mapping

from kaowu.basics.errors import Sentence
from kaowu.rules.line import LineSpec
from kaowu.rules.model import MinuteScript, Pack
from kaowu.rules.profile import AUTHORITY, Line, Profile
from kaowu.rules.toml_table import Table, Wrong

_SET_BY_AUTHORITY = "主办机构设定"


class Profiles:
    """The profiles of all files, read against lines, packs and scripts."""

    def __init__(
        self,
        lines: Mapping[str, LineSpec],
        packs: Mapping[str, Pack],
        joined: Mapping[str, list[Pack]],
        scripts: Mapping[str, MinuteScript],
    ) -> None:
        self.lines = lines
        self.packs = packs
        self.joined = joined
        self.scripts = scripts
        self.profiles: dict[str, Profile] = {}

    def read(self, tables: Mapping[str, Table]) -> dict[str, Profile]:
        """Every profile by name, in the order of the files."""
        waiting = dict(tables)
        while waiting:
            ready = [n for n, t in waiting.items() if t.values.get("extends") not in waiting]
            if not ready:
                for table in waiting.values():
                    table.fault("extends", "互相继承，没有起点", "they extend each other in a circle")
                break
            for name in ready:
                self.profiles[name] = self._profile(name, waiting.pop(name))
        return {name: self.profiles[name] for name in tables if name in self.profiles}

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
