"""Subjects (科目) as written: names, codes, short forms, ticks; and the rule they must fit.

A text is cut at separators; a piece is a name, a code, a code and its name, or
a run of names and short forms without separators (物化生). What is left over
names a subject that is not offered.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from kaowu.basics.names import half_width
from kaowu.engines.roster.cleaning import compact, compact_code, is_blank, is_placeholder, unwrapped
from kaowu.engines.roster.exam import Named, RosterExam, key_of
from kaowu.engines.roster.workbook import Cell

_SEPARATORS = re.compile(r"[\s、,，;；/|+＋&＆·・.。\\:：_\-—–~→√✓✔☑①-⑳]+")
_MODEL = re.compile(r"^\s*3\s*\+\s*(?:1\s*\+\s*2|3)(?=\D|$)|^\s*3\s*\+(?=\s*[^\d\s])")
_WORDS_BETWEEN = re.compile(r"以及|[和及与]")
_NOISE = re.compile(
    r"首选(?:科目)?|再选(?:科目)?|选考(?:科目)?|必考(?:科目)?|必选|选科|科目|组合|方向|学科|门|类|等级考?|合格考?|3\+3|3\+1\+2|[()\"'*]"
)
TICKED = frozenset(
    [
        "√",
        "✓",
        "✔",
        "☑",
        "✅",
        "■",
        "●",
        "◆",
        "★",
        "◉",
        "⊙",
        "V",
        "是",
        "有",
        "选",
        "已选",
        "报",
        "报考",
        "参加",
        "选考",
        "考",
        "对",
        "Y",
        "YES",
        "T",
        "TRUE",
        "1",
        "1.0",
        "ON",
        "P",
        "R",
        "Ü",
    ]
)
NOT_TICKED = frozenset(
    [
        "×",
        "✗",
        "✘",
        "☐",
        "□",
        "○",
        "〇",
        "否",
        "无",
        "未选",
        "不选",
        "不考",
        "不报",
        "不参加",
        "N",
        "NO",
        "F",
        "FALSE",
        "0",
        "0.0",
        "X",
        "-",
        "--",
        "—",
        "——",
        "/",
        "\\",
        "╳",
        "✕",
        "✖",
        "O",
        "OFF",
        ".",
        "*",
    ]
)
KNOWN_ELSEWHERE = [
    "技术",
    "信息技术",
    "通用技术",
    "音乐",
    "体育",
    "美术",
    "艺术",
    "信息",
    "劳动",
    "书法",
    "舞蹈",
    "日语",
    "俄语",
    "德语",
    "法语",
    "西班牙语",
    "英语",
    "韩语",
    "物理",
    "化学",
    "生物",
    "政治",
    "思想政治",
    "历史",
    "地理",
    "语文",
    "数学",
    "外语",
    "综合",
    "文综",
    "理综",
    "英语听力",
    "口语",
    "专业课",
    "职业技能",
    "信息科技",
    "生物学",
    "道德与法治",
]
"""Subjects of other exams: a column with such a name among subject columns holds ticks."""


@dataclass(frozen=True, slots=True)
class ReadSubjects:
    """What a text or a row of ticks says."""

    chosen: frozenset[str] = frozenset()
    unknown: bool = False
    empty: bool = False
    placeholder: bool = False


_KNOWN_ELSEWHERE = frozenset(map(key_of, KNOWN_ELSEWHERE))
_SAME = (("生物", "生物学"), ("思想政治", "政治", "思政"), ("外语", "外国语"), ("信息技术", "信息"))
LONGEST = 1000
"""No choice of subjects is longer, whatever stands in the cell."""
_CODE = re.compile(r"\(?(\d+)\)?")


class SubjectReader:
    """Reads subjects of one exam; every distinct writing is read once."""

    def __init__(self, exam: RosterExam) -> None:
        self._exam = exam
        self._directory = exam.subject_directory
        self._known: dict[str, ReadSubjects] = {}
        self._headers: dict[str, str] = {}
        self._order = {subject.name: place for place, subject in enumerate(exam.subjects)}
        self._foreign = next((s.name for s in exam.subjects if s.name in {"外语", "外国语"}), "")
        self._language_names = {key_of(language.name) for language in exam.languages}
        self._more = self._other_names()
        self._words = sorted({*self._directory.by_text, *self._more}, key=len, reverse=True)
        self._odd = [word for word in self._words if _SEPARATORS.search(word)]

    def _other_names(self) -> dict[str, Named]:
        """What everybody writes though the exam file does not list it: 生物学, 历, 英 for 外语."""
        known = self._directory.by_text
        more: dict[str, Named] = {}
        for same in _SAME:
            entry = next((known[name] for name in same if name in known), None)
            if entry is not None:
                more |= {name: entry for name in same if name not in known}
        initials: dict[str, list[Named]] = {}
        for entry in self._directory.entries:
            initials.setdefault(entry.name[:1], []).append(entry)
        short_forms_are_usual = any(len(word) == 1 for word in known)
        for letter, entries in initials.items():
            if short_forms_are_usual and len(entries) == 1 and letter not in known:
                more[letter] = entries[0]
        foreign = known.get(key_of(self._foreign)) if self._foreign else None
        if foreign is not None:
            for language in self._exam.languages:
                for word in (key_of(language.name), key_of(language.name)[:1]):
                    if word not in known:
                        more.setdefault(word, foreign)
        return more

    def _entry(self, key: str) -> Named | None:
        """The subject of a name, a code, or both."""
        return self._directory.find(key) or self._more.get(key)

    def read(self, text: str) -> ReadSubjects:
        """One text, perhaps joined from several columns."""
        try:
            return self._known[text]
        except KeyError:
            found = self._known[text] = self._read(text)
            return found

    def fits_rule(self, chosen: frozenset[str]) -> bool:
        """True if the number and combination are allowed."""
        exam = self._exam
        counted = set(exam.required)
        for group in exam.groups:
            counted |= group.subjects
            if not group.least <= len(chosen & group.subjects) <= group.most:
                return False
        return not exam.groups or chosen <= counted

    def written(self, chosen: frozenset[str]) -> str:
        """Required and chosen subjects in the order of the exam, joined by |."""
        names = chosen | set(self._exam.required)
        return "|".join(sorted(names, key=self._order.__getitem__))

    def of_header(self, text: str) -> str:
        """The subject that a column header names, or "" if it names none."""
        try:
            return self._headers[text]
        except KeyError:
            found = self._headers[text] = self._of_header(_NOISE.sub("", key_of(text)))
            return found

    def _of_header(self, key: str) -> str:
        found = self._directory.find(key) or (self._more.get(key) if len(key) > 1 else None)
        if found is not None and key not in self._language_names:
            return found.name
        return key if key in _KNOWN_ELSEWHERE else ""

    def of_cut_header(self, text: str) -> str:
        """The subject whose name a record file cut after ten bytes."""
        key = key_of(text)
        names = {
            entry.name
            for word, entry in self._directory.by_text.items()
            if len(key) >= 2 and word.startswith(key)
        }
        return names.pop() if len(names) == 1 else ""

    def is_offered(self, name: str) -> bool:
        """True if the exam has this subject."""
        return name in self._order

    def is_ticked(self, subject: str, cell: Cell) -> bool:
        """True if a cell in a subject's column says yes."""
        if is_blank(cell):
            return False
        text = compact_code(cell).upper()
        if text in NOT_TICKED:
            return False
        if text in TICKED:
            return True
        entry = self._directory.find(text)
        return entry is not None and entry.name == subject

    def _read(self, text: str) -> ReadSubjects:
        if len(text) > LONGEST:
            return ReadSubjects(unknown=True)
        whole = compact_code(text)
        if not whole:
            return ReadSubjects(empty=True)
        if is_placeholder(whole):
            return ReadSubjects(placeholder=True)
        entry = self._entry(whole)
        if entry is not None:
            return ReadSubjects(frozenset({entry.name}))
        chosen: set[str] = set()
        unknown = False
        for piece in self._pieces(text):
            names = self._piece(piece)
            if names is None:
                unknown = True
            else:
                chosen |= names
        return ReadSubjects(frozenset(chosen), unknown)

    def _pieces(self, text: str) -> list[str]:
        """Cut at separators, but keep a code and the name that follows it together."""
        text = _MODEL.sub(" ", _protect(text))
        pieces = []
        for word in self._odd:
            # Names that hold a separator themselves are taken out before cutting.
            if word in text:
                pieces.append(word)
                text = text.replace(word, " ")
        pieces += [key_of(piece) for piece in _SEPARATORS.split(text) if compact(piece)]
        pieces = [piece for piece in pieces if _NOISE.sub("", piece) or self._entry(piece)]
        if len(pieces) >= 2 and all(
            self._is_ordinal(piece, at) for at, piece in enumerate(pieces[::2], start=1)
        ):
            pieces = pieces[1::2]
        joined: list[str] = []
        for piece in pieces:
            if joined and self._is_code(joined[-1]) and piece in self._directory.by_text:
                code = self._directory.code(joined[-1])
                if code is self._directory.by_text[piece]:
                    joined.pop()
                elif not self._only_codes(pieces):
                    joined[-1] += piece
                    continue
            joined.append(piece)
        return joined

    def _is_ordinal(self, piece: str, at: int) -> bool:
        """1. 物理 2. 化学 3. 生物"""
        return piece == str(at) and not self._is_code(piece)

    def _is_code(self, piece: str) -> bool:
        return self._directory.code(piece) is not None

    def _only_codes(self, pieces: list[str]) -> bool:
        return all(self._is_code(piece) for piece in pieces)

    def _piece(self, piece: str) -> set[str] | None:
        """The subjects of one piece, or None if it names something else."""
        entry = self._entry(piece)
        if entry is not None:
            return {entry.name}
        if piece.isdigit():
            return self._digits(piece)
        return self._run(piece) or self._run(_NOISE.sub("", piece)) or self._joined_by_words(piece)

    def _joined_by_words(self, piece: str) -> set[str] | None:
        """物理和化学; names such as 概率论与数理统计 were tried as a whole before."""
        parts = [part for part in _WORDS_BETWEEN.split(piece) if part]
        found = [self._run(_NOISE.sub("", part)) for part in parts] if len(parts) > 1 else []
        return set().union(*(names for names in found if names)) if found and all(found) else None

    def _digits(self, piece: str) -> set[str] | None:
        """456 is three subjects where every code is one digit."""
        entries = [self._directory.by_code.get(digit) for digit in piece]
        if self._directory.code_width != 1 or len(set(piece)) != len(piece):
            return None
        names = {entry.name for entry in entries if entry is not None}
        return names if len(names) == len(piece) else None

    def _run(self, text: str) -> set[str] | None:
        """Names and short forms written one after the other, codes among them."""
        names: set[str] = set()
        at = 0
        while at < len(text):
            code = _CODE.match(text, at)
            stated = self._directory.code(code[1]) if code else None
            after_code = code.end() if code and stated else at
            word = next((word for word in self._words if text.startswith(word, after_code)), "")
            entry = self._word(word) if word else None
            if entry is None or (stated is not None and stated is not entry):
                return None
            at = after_code + len(word)
            trailing = _CODE.match(text, at)
            if stated is None and trailing and self._directory.code(trailing[1]) is entry:
                at = trailing.end()
            names.add(entry.name)
        return names or None

    def _word(self, word: str) -> Named | None:
        return self._directory.by_text.get(word) or self._more.get(word)


def _protect(text: str) -> str:
    """In half width and capitals, with the spaces inside brackets removed."""
    plain = half_width(unwrapped(text)).upper()
    return re.sub(r"[(][^()]*[)]", lambda match: compact(match[0]), plain)
