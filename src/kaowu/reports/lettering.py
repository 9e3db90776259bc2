"""Lettering: names and other free text, checked against the fonts before printing.

A person's name must never be cut and never turn into an empty frame. Letters
without a bold shape are marked as rare, letters no face holds become a frame
to be filled in by hand, and each of those is a finding.
"""

from collections.abc import Iterator
from itertools import chain, groupby

from kaowu.basics.errors import Finding, Sentence, Severity
from kaowu.reports import fonts
from kaowu.reports.contents import SiteContents

Run = dict[str, str]
Written = str | list[Run]

_MM_PER_PT = 25.4 / 72
_SEPARATORS = "·． -，、）　"
_NEVER_FIRST = "，。、；：！？）》”’·"
_NEVER_LAST = "（《“‘"
_SAFE = 0.985  # the setter breaks a line that is full to the last hair
_LINE_EM = 1.18  # a line and the space below it, as `fitted` in paper.typ sets them


def written(text: str) -> Written:
    """The text as layouts take it: itself, or runs where letters are rare or missing."""
    if fonts.drawable_in_bold().issuperset(text):
        return text
    return [{kind: "".join(letters)} for kind, letters in groupby(text, _kind)]


def fitted(
    text: str, width_mm: float, largest_pt: float, *, height_mm: float | None = None, lines: int = 2
) -> dict[str, object]:
    """The text in the largest size that fits the place, on as few lines as give it.

    Lines are broken here, by the widths of the letters, best after a separator
    dot and never before one. Without a height, further lines may be taken freely.
    """
    best, chosen = 0.0, [text]
    line_pt = _SAFE * width_mm / _MM_PER_PT
    for count in range(1, min(lines, max(len(text), 1)) + 1):
        broken = _broken(text, count)
        widest = max(0.5, *map(width_em, broken))
        size = min(largest_pt, line_pt / widest)
        if height_mm is not None:
            size = min(size, height_mm / _MM_PER_PT / (count * _LINE_EM))
        if size > best * 1.05:
            best, chosen = size, broken
    return {"lines": [written(line) for line in chosen], "size": round(best - 0.005, 2)}


def wrapped(text: str, width_mm: float, size_pt: float) -> list[str]:
    """The text on as many lines of this size as it takes; none begins with what ends a clause."""
    room = _SAFE * width_mm / _MM_PER_PT / size_pt
    lines: list[str] = []
    for part in text.splitlines() or [""]:
        while (at := _fits(part, room)) < len(part):
            lines.append(part[:at].rstrip())
            part = part[at:].lstrip()
        lines.append(part)
    return lines


def width_em(text: str) -> float:
    """How wide the text is in bold letters, in ems."""
    narrow = fonts.narrow()
    return sum(narrow.get(letter, 1.0) for letter in text)


def _fits(text: str, room: float) -> int:
    """How many letters go on one line; a word of Latin letters or digits stays whole if it can."""
    narrow, used, at = fonts.narrow(), 0.0, 0
    while at < len(text) and (used := used + narrow.get(text[at], 1.0)) <= room:
        at += 1
    if at == len(text):
        return at
    whole = max(at, 1)
    while whole > 1 and _belongs_together(text, whole):
        whole -= 1
    return whole if whole > at // 2 else max(at, 1)


def _belongs_together(text: str, at: int) -> bool:
    """May no line end before this place: inside a word or a figure, after what opens, before what closes?"""
    before, after = text[at - 1], text[at]
    in_a_word = all(one.isascii() and (one.isalnum() or one in ",.%") for one in (before, after))
    return in_a_word or after in _NEVER_FIRST or before in _NEVER_LAST


def _broken(text: str, count: int) -> list[str]:
    """The text on so many lines of about equal width."""
    lines = []
    for left in range(count, 1, -1):
        goal = width_em(text) / left
        places = range(1, len(text) - left + 2)
        best = min(places, key=lambda at: _unfit(text, at, goal))
        lines.append(text[:best])
        text = text[best:]
    return [*lines, text]


def _unfit(text: str, at: int, goal: float) -> float:
    """How badly a line would end before this place."""
    distance = abs(width_em(text[:at]) - goal)
    if text[at] in _SEPARATORS:
        return distance + 100
    if text[at - 1] == "、":  # a list parts between its items
        return distance - 8
    return distance - 2 if text[at - 1] in _SEPARATORS else distance


def missing(text: str) -> list[str]:
    """The letters of the text that no bundled face can draw, each once."""
    return [letter for letter in dict.fromkeys(text) if letter not in fonts.drawable()]


def glyph_findings(contents: SiteContents) -> list[Finding]:
    """One finding for each person and letter that must be written by hand."""
    candidates = [
        _glyph_missing("考生", "Candidate", number, letter)
        for number, name in _people(contents)
        for letter in missing(name)
    ]
    staff = [
        _glyph_missing("人员", "Staff member", person.number, letter)
        for person in (contents.staff.people if contents.staff else ())
        for letter in missing(person.name)
    ]
    return [*candidates, *staff]


def _people(contents: SiteContents) -> Iterator[tuple[str, str]]:
    """Each candidate once, however many tickets and rooms show the name."""
    tickets = ((ticket.candidate_number, ticket.name) for ticket in contents.tickets)
    seats = ((seat.candidate_number, seat.name) for room in contents.rooms for seat in room.seats)
    return iter(dict.fromkeys(chain(tickets, seats)))


def _glyph_missing(who_zh: str, who_en: str, number: str, letter: str) -> Finding:
    code_point = f"U+{ord(letter):04X}"
    return Finding(
        "glyph_missing",
        Sentence(
            zh=f"{who_zh} {number} 姓名中的字符 {code_point} 没有可用字形，印件上留有手写框。",
            en=f"{who_en} {number}: no face can draw {code_point} of the name; "
            "a frame for handwriting is printed instead.",
        ),
        Severity.ATTENTION,
        remedy=Sentence(
            zh="发放前按证件在框内手写该字，并由第二人核对。",
            en="Write the character into the frame from the document before handing out; "
            "a second person checks it.",
        ),
    )


def _kind(letter: str) -> str:
    if letter in fonts.drawable_in_bold():
        return "text"
    return "rare" if letter in fonts.drawable() else "missing"
