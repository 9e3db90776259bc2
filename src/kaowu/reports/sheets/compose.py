"""From what a sheet shall hold to pages: every bubble, mark, code and word in its place.

All bubble rows of a page lie on one grid of 2.6 mm, so that one timing mark
(定位点) at each edge serves a row in every panel. A4 has one panel, A3 two with
a third track in the gutter. The measures follow what scanners need: corner
marks 8 mm from the edge, one of them longer so that up is known, quiet zones of
3 mm about codes.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass, field

from kaowu.basics.errors import Refused, Sentence
from kaowu.engines.omr.layout import Box, CodeWindow, Field, Layout, Named, Option, Track
from kaowu.reports.sheets.spec import LETTERS, Questions, SheetPaper, SheetSpec, Writing

STEP = 2.6  # mm; every bubble row starts on a multiple of it
ROW = 2 * STEP
PITCH = 7.0
BUBBLE_W, BUBBLE_H = 5.0, 2.6
MARK_W, MARK_H = 5.0, 1.8
EDGE = 8.0
CORNER = 6.0
LONG_CORNER = 10.0
QUIET = 3.0
QR = 20.0
LABEL = 9.0  # mm left of a row for its question number
GAP = 4.0
BLOCK = 5  # questions between two wider gaps
PANEL_TOP = 8  # in steps
IDLE_TRACK = 5  # steps between timing marks where no bubbles are

_SIZES = {SheetPaper.A4: (210.0, 297.0), SheetPaper.A3: (420.0, 297.0)}


@dataclass(frozen=True, slots=True)
class Word:
    """A line of print: where, how large, how aligned in its width."""

    text: str
    box: Box
    size: float
    bold: bool = False
    align: str = "center"
    pale: bool = False


@dataclass(frozen=True, slots=True)
class Frame:
    """A printed frame; pale frames drop out."""

    box: Box
    pale: bool = True
    dashed: bool = False


@dataclass(frozen=True)
class SheetPage:
    """One page: its layout for the reader, and what is printed beside it for people."""

    layout: Layout
    words: tuple[Word, ...]
    frames: tuple[Frame, ...]


@dataclass
class _Draft:
    """A page being filled."""

    number: int
    fields: list[Field] = field(default_factory=list)
    areas: list[Named] = field(default_factory=list)
    codes: list[CodeWindow] = field(default_factory=list)
    keepout: list[Named] = field(default_factory=list)
    words: list[Word] = field(default_factory=list)
    frames: list[Frame] = field(default_factory=list)
    rows: set[int] = field(default_factory=set)


def compose(spec: SheetSpec) -> list[SheetPage]:
    """The pages of a sheet; raises Refused when something cannot be placed."""
    spec.check()
    return _Composer(spec).pages()


class _Composer:
    """Fills panel after panel, page after page."""

    def __init__(self, spec: SheetSpec) -> None:
        self.spec = spec
        self.width, self.height = _SIZES[spec.paper]
        self.last_step = int((self.height - EDGE - CORNER - 4) / STEP)
        self.drafts: list[_Draft] = []
        self.panel = -1
        self.step = 0
        self._next_panel()

    # ---- panels ----

    @property
    def panels(self) -> tuple[tuple[float, float], ...]:
        """Left and right limit of each panel."""
        inner, outer = 20.0, self.width - 20.0
        if self.spec.paper is SheetPaper.A4:
            return ((inner, outer),)
        middle = self.width / 2
        return ((inner, middle - 8), (middle + 8, outer))

    @property
    def draft(self) -> _Draft:
        return self.drafts[-1]

    @property
    def left(self) -> float:
        return self.panels[self.panel][0]

    @property
    def right(self) -> float:
        return self.panels[self.panel][1]

    def _next_panel(self) -> None:
        if not self.drafts or self.panel + 1 == len(self.panels):
            self.drafts.append(_Draft(len(self.drafts) + 1))
            self.panel = 0
            self.step = PANEL_TOP
            self._first_head() if len(self.drafts) == 1 else self._later_head()
            return
        self.panel += 1
        self.step = PANEL_TOP

    def _room_for(self, steps: int, what: str) -> None:
        if self.step + steps <= self.last_step:
            return
        self._next_panel()
        if self.step + steps > self.last_step:
            raise Refused(
                "sheet_part_too_large",
                Sentence(f"“{what}”在一栏中放不下。", f"“{what}” does not fit into a panel."),
                remedy=Sentence("请分成几部分，或用 A3。", "Divide it, or take A3."),
            )

    # ---- heads ----

    def _first_head(self) -> None:
        """Title, identity, number grid, boxes of the invigilators."""
        left, right, spec = self.left, self.right, self.spec
        digits = spec.number_digits
        top = self.step
        self._word(spec.title, Box(left, 11, right - left, 9), 15, bold=True)
        grid_left = right - digits * PITCH
        y = top * STEP + 1
        self._word("准考证号", Box(grid_left, y, digits * PITCH, 5), 9, bold=True)
        for digit in range(digits):
            self._frame(Box(grid_left + digit * PITCH, y + 5.4, PITCH, 7), pale=True)
        first_row = top + 6
        for digit in range(digits):
            options = [
                (str(value), grid_left + digit * PITCH + 1, first_row + 2 * value) for value in range(10)
            ]
            self._field(f"kh{digit + 1}", "digit", options)
        bottom = first_row + 20
        self._identity(left, grid_left - GAP, top, first_row)
        self.step = bottom + 2

    def _identity(self, left: float, right: float, top: int, first_row: int) -> None:
        """What stands left of the number grid."""
        y = top * STEP + 1
        width = right - left
        for number, label in enumerate(("姓名", "考场号", "座位号")):
            line = Box(left, y + number * 7.2, width, 6.4)
            self._word(label, Box(left, line.y, 14, 6.4), 9, align="left")
            self.draft.frames.append(Frame(Box(left + 14, line.y, width - 14, 6.4)))
        code_y = y + 24
        qr = Box(left, code_y, QR, QR)
        self._code("qr", "qr", qr)
        bar = Box(left + QR + QUIET + 2, code_y, max(30.0, width - QR - QUIET - 2), 13)
        self._code("bar", "code128", bar)
        self.draft.frames.append(Frame(bar, pale=True, dashed=True))
        self._word("条形码粘贴处", Box(bar.x, bar.bottom + 0.3, bar.w, 4), 6.5)
        row = first_row + 16
        self._fence(left, right, row)
        if self.spec.paper_types:
            kinds = self.spec.paper_types
            self._word("卷型", Box(bar.x, (row - 3) * STEP - 0.6, 10, 4), 8, align="left")
            places = [(kind, bar.x + 11 + number * PITCH, row - 3) for number, kind in enumerate(kinds)]
            self._field("paper_type", "single", places)

    def _fence(self, left: float, right: float, row: int) -> None:
        """缺考 and 违纪: for invigilators alone, apart from all that a candidate touches."""
        y = row * STEP
        self.draft.frames.append(Frame(Box(left, y - 1.4, right - left, 9.4), pale=False))
        self._word("监考员填涂，考生禁涂", Box(left + 1, y + 3.4, right - left - 2, 4), 6.5)
        half = (right - left) / 2
        for number, (name, word) in enumerate((("absent", "缺考"), ("violation", "违纪"))):
            x = left + number * half
            self._word(word, Box(x + 1, y - 0.7, 10, 4), 8, align="left", bold=True)
            self._field(name, "invigilator", [(word, x + 12, row)], printed=False)

    def _later_head(self) -> None:
        """On every further page: which sheet, which page, and the code that says so."""
        qr = Box(self.left, self.step * STEP, QR, QR)
        self._code("qr", "qr", qr)
        wide = Box(self.left + QR + QUIET + 2, self.step * STEP, self.right - self.left - QR - QUIET - 2, QR)
        self._word(self.spec.title, Box(wide.x, wide.y, wide.w, 8), 12, bold=True)
        self._word("姓名", Box(wide.x, wide.y + 11, 12, 6.4), 9, align="left")
        self.draft.frames.append(Frame(Box(wide.x + 12, wide.y + 11, 45, 6.4)))
        self.step += math.ceil((QR + QUIET) / STEP) + 1

    # ---- parts ----

    def pages(self) -> list[SheetPage]:
        for part in self.spec.parts:
            if isinstance(part, Writing):
                self._writing(part)
            else:
                self._questions(part)
        return [self._page(draft) for draft in self.drafts]

    def _questions(self, part: Questions) -> None:
        """Columns of equal length, filled downwards, five and five; on to the next panel when full."""
        width = LABEL + part.options * PITCH + GAP
        columns = max(1, int((self.right - self.left + GAP) / width))
        if part.heading:
            self._room_for(3 + 2 * BLOCK + 1, part.heading)
            self._word(
                part.heading,
                Box(self.left, self.step * STEP, self.right - self.left, 4.6),
                9.5,
                bold=True,
                align="left",
            )
            self.step += 3
        block_steps = 2 * BLOCK + 1
        number, end = part.first, part.first + part.count
        while number < end:
            self._room_for(block_steps, f"第 {number} 题")
            blocks_here = (self.last_step - self.step) // block_steps
            wanted = math.ceil((end - number) / columns / BLOCK)
            rows = min(blocks_here, wanted) * BLOCK
            deepest = 0
            for column in range(columns):
                for row in range(rows):
                    if number == end:
                        break
                    step = self.step + 2 * row + row // BLOCK
                    deepest = max(deepest, step)
                    self._question(part, number, self.left + column * width, step)
                    number += 1
            self.step = deepest + 3

    def _question(self, part: Questions, number: int, x: float, step: int) -> None:
        self._word(str(number), Box(x, step * STEP - 0.6, LABEL - 1.5, 3.8), 8, align="right", bold=True)
        options = [(LETTERS[place], x + LABEL + place * PITCH + 1, step) for place in range(part.options)]
        self._field(f"q{number}", "multiple" if part.multiple else "single", options)

    def _writing(self, part: Writing) -> None:
        steps = math.ceil((part.height_mm + 6) / STEP)
        self._room_for(steps, part.heading)
        y = self.step * STEP
        self._word(part.heading, Box(self.left, y, self.right - self.left, 4.6), 9.5, bold=True, align="left")
        box = Box(self.left, y + 5.4, self.right - self.left, part.height_mm)
        self.draft.areas.append(Named(f"w{len(self.draft.areas) + 1}", box))
        self.draft.frames.append(Frame(box, pale=True))
        self.step += steps + 1

    # ---- small things ----

    def _field(
        self, id: str, type: str, options: Sequence[tuple[str, float, int]], printed: bool = True
    ) -> None:
        boxes = []
        for value, x, step in options:
            self.draft.rows.add(step)
            box = Box(x, step * STEP, BUBBLE_W, BUBBLE_H)
            boxes.append(Option(value, box))
            self.draft.frames.append(Frame(box))
            if printed:
                self.draft.words.append(Word(value, box, 6, pale=True))
        self.draft.fields.append(Field(id, type, tuple(boxes)))

    def _word(self, text: str, box: Box, size: float, bold: bool = False, align: str = "center") -> None:
        self.draft.words.append(Word(text, box, size, bold, align))

    def _frame(self, box: Box, pale: bool) -> None:
        self.draft.frames.append(Frame(box, pale))

    def _code(self, id: str, type: str, box: Box) -> None:
        self.draft.codes.append(CodeWindow(id, type, box))
        quiet = Box(box.x - QUIET, box.y - QUIET, box.w + 2 * QUIET, box.h + 2 * QUIET)
        self.draft.keepout.append(Named(f"code {id}", quiet))

    def _page(self, draft: _Draft) -> SheetPage:
        width, height = self.width, self.height
        lowest = self.height - EDGE - CORNER
        fiducials = (
            Named("tl", Box(EDGE, EDGE, LONG_CORNER, CORNER)),
            Named("tr", Box(width - EDGE - CORNER, EDGE, CORNER, CORNER)),
            Named("bl", Box(EDGE, lowest, CORNER, CORNER)),
            Named("br", Box(width - EDGE - CORNER, lowest, CORNER, CORNER)),
        )
        rows = sorted(draft.rows)
        last = rows[-1] if rows else PANEL_TOP - IDLE_TRACK
        rows += range(last + IDLE_TRACK, self.last_step - 1, IDLE_TRACK)
        tracks = [("left", EDGE), ("right", width - EDGE - MARK_W)]
        if len(self.panels) > 1:
            tracks.insert(1, ("gutter", width / 2 - MARK_W / 2))
        timing = tuple(
            Track(name, tuple(Box(x, row * STEP + (BUBBLE_H - MARK_H) / 2, MARK_W, MARK_H) for row in rows))
            for name, x in tracks
        )
        strips = [
            Named("timing", Box(x - EDGE if x == EDGE else x - 3, 0, MARK_W + 11, height)) for _, x in tracks
        ]
        strips[-1] = Named("timing", Box(width - EDGE - MARK_W - 3, 0, MARK_W + EDGE + 3, height))
        if len(strips) > 2:
            strips[1] = Named("timing", Box(width / 2 - MARK_W / 2 - 3, 0, MARK_W + 6, height))
        foot = f"{self.spec.name} · 第 {draft.number} 页 共 {len(self.drafts)} 页"
        words = (*draft.words, Word(foot, Box(width / 2 - 40, height - 12, 80, 4), 6.5))
        layout = Layout(
            id=self.spec.name,
            page=draft.number,
            pages=len(self.drafts),
            width=width,
            height=height,
            fiducials=fiducials,
            timing=timing,
            fields=tuple(draft.fields),
            keepout=(*strips, *draft.keepout),
            codes=tuple(draft.codes),
            areas=tuple(draft.areas),
        )
        # Through its file and back: what the reader gets is rounded to hundredths of a millimetre.
        return SheetPage(Layout.from_bytes(layout.to_bytes()), words, tuple(draft.frames))
