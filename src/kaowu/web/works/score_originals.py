"""The original beside a difference (与原卷核对): what was scanned of a script, or from which bag it is to be fetched.

A marker's points stand in the writing areas of a sheet. The area whose heading
names the item is shown; if none does, all of them; and of a sheet without
areas its pages, with the head covered that says whose they are.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

from kaowu.basics.errors import Sentence
from kaowu.engines.omr.layout import Named
from kaowu.exam.room_sitting import RoomSitting
from kaowu.exam.sheet_readings import PageRead
from kaowu.facts.subjects import RoomSittingKey, ScoreKey
from kaowu.reports.sheets.spec import SheetSpec, Writing
from kaowu.store import artefacts
from kaowu.store.queries import exams, sheet_bags
from kaowu.store.queries.room_state import room_state
from kaowu.store.queries.sheet_bags import BagView
from kaowu.web.works import sheet_crops
from kaowu.web.works.foreign_forms import foreign_form
from kaowu.web.works.sheet_scans import form_of

_NEVER_SCANNED = ("这份原卷没有扫描图像", "No scan of this script is held")
_ELSEWHERE = ("图像留在扫描它的节点", "The scan lies on the node that made it")
_NOT_COVERED = (
    "这种答题卡没有标出姓名和考号的位置，图像会露出考生身份，不在此显示",
    "On this form nobody has marked where name and number stand: its picture would show whose it is",
)
_NUMBERS = re.compile(r"(\d+)(?:\s*[～~—–\-至]\s*(\d+))?(?!\d*\s*分)")


@dataclass(frozen=True, slots=True)
class Piece:
    """One picture of a script: a writing area, or the whole page where the sheet has none."""

    page: PageRead
    heading: str = ""
    area: Named | None = None


@dataclass(frozen=True)
class Originals:
    """What this node holds of the scripts of one bag."""

    key: ScoreKey
    view: BagView
    room: RoomSitting

    def pieces(self, seat: str, item: str) -> dict[int, Piece]:
        """The pictures that show an item of one script, by their number in that script; none if it was not scanned here."""
        every = dict(enumerate(self._script(seat)))
        named = {at: one for at, one in every.items() if names(one.heading, item)}
        return named or every

    def picture(self, piece: Piece) -> bytes | None:
        """One piece as a PNG; None if the image is gone or cannot be laid flat."""
        try:
            if piece.area is None:
                return sheet_crops.below_identity(self.view, piece.page)
            return sheet_crops.area(self.view, piece.page, piece.area.box)
        except (KeyError, artefacts.ArtefactDamaged):
            return None

    def where(self, seat: str) -> Sentence:
        """Where the paper itself is, for whoever must fetch it."""
        zh, en = self._bag
        scanned = any(line.seat == seat and line.pages for line in self.view.seat_lines)
        why = (_NOT_COVERED if self._pages.get(seat) else _ELSEWHERE) if scanned else _NEVER_SCANNED
        return Sentence(
            f"{why[0]}。请从{zh}取出座位 {seat} 的原卷。",
            f"{why[1]}. Take the script of seat {seat} out of {en}.",
        )

    def _script(self, seat: str) -> Iterator[Piece]:
        for page in self._pages.get(seat, ()):
            if not self._areas and self._shows(page.side):
                yield Piece(page)
            for heading, area in self._areas.get(page.side, ()):
                yield Piece(page, heading, area)

    def _shows(self, side: int) -> bool:
        """May a whole page of this side be shown: is it known what on it says whose it is?"""
        return sheet_crops.hides_identity(form_of(self.view.exam, self.view.subject).layouts[side - 1])

    @cached_property
    def _pages(self) -> dict[str, list[PageRead]]:
        """By seat the pages whose image lies on this node."""
        return {
            line.seat: [one.read for one in line.pages if artefacts.holds(one.read.file)]
            for line in self.view.seat_lines
        }

    @cached_property
    def _areas(self) -> dict[int, list[tuple[str, Named]]]:
        """The writing areas of each side with their headings; the house's own sheets number them through."""
        headings = iter(_headings(exams.plan(self.view.exam).sheets[self.view.subject].design))
        found: dict[int, list[tuple[str, Named]]] = {}
        for layout in form_of(self.view.exam, self.view.subject).layouts:
            for area in layout.areas:
                found.setdefault(layout.page, []).append((next(headings, area.id), area))
        return found

    @property
    def _bag(self) -> tuple[str, str]:
        if self.view.bag.handed_over:
            last = self.view.bag.handed_over[-1]
            return (
                f" {self.key.room} 考场的答题卡袋（已移交{last.to}，封条 {last.seal}）",
                f"the bag of room {self.key.room} (handed over to {last.to}, seal {last.seal})",
            )
        packets = [one for one in self.room.packets.values() if one.subject in ("", self.key.subject)]
        if packets:
            return (
                "、".join(f"试卷袋 {one.packet}（封条 {one.seal}）" for one in packets),
                ", ".join(f"packet {one.packet} (seal {one.seal})" for one in packets),
            )
        return (
            f" {self.key.room} 考场“{self.key.subject}”的袋",
            f"the bag of {self.key.subject}, room {self.key.room}",
        )


def originals(exam: str, key: ScoreKey) -> Originals | None:
    """The scripts of a bag; None if the plan seats nobody there."""
    sitting = sheet_bags.sitting_of(exam, key.subject)
    if sitting is None:
        return None
    at = RoomSittingKey(sitting.id, key.site, key.room)
    view, room = sheet_bags.bag(exam, at, key.subject), room_state(exam, at)
    return Originals(key, view, room) if view is not None and room is not None else None


def names(heading: str, item: str) -> bool:
    """Does a heading such as “三、填空题（51～55）” speak of an item such as 52, or 解答 of 作文?"""
    number = re.match(r"\d+", item)
    if number is None:
        return item in heading
    at = int(number[0])
    return any(int(first) <= at <= int(last or first) for first, last in _NUMBERS.findall(heading))


def _headings(design: bytes) -> list[str]:
    content = artefacts.read(design)
    if foreign_form(content) is not None:
        return []
    return [part.heading for part in SheetSpec.from_bytes(content).parts if isinstance(part, Writing)]
