"""Forms of the page that describes a foreign form: a scan, one block of bubbles in a drawn rectangle."""

import json
from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from kaowu.engines.omr.describe import FARTHEST, LONG_SIDE_MM, Block, blocks_of, described
from kaowu.engines.omr.guess_grid import Grid, guess_grid
from kaowu.engines.omr.layout import Box, Layout, Named
from kaowu.engines.omr.page import Grey
from kaowu.web.works.sheet_crops import IDENTITY_AREA

_PIXELS = forms.NumberInput(attrs={"step": 1, "min": 0, "inputmode": "numeric"})
MOST_MB = 40
COVERED = "covered"
Rectangle = tuple[float, float, float, float]
MOST_IN_BLOCK = 400


class ScanForm(forms.Form):
    """A scan of a form."""

    scan = forms.FileField(label=_("Scan"))

    def clean_scan(self) -> Any:
        sent = self.cleaned_data["scan"]
        if sent.size > MOST_MB << 20:
            raise forms.ValidationError(_("The file is larger than %(n)d MB.") % {"n": MOST_MB})
        return sent


class BlockForm(forms.Form):
    """A rectangle on the picture, and what its bubbles are called."""

    begins = forms.RegexField(
        r"^[^\W\d][\w.-]{0,15}$", label=_("Names begin with"), initial="q", max_length=16
    )
    first_number = forms.IntegerField(label=_("First number"), initial=1, min_value=0, max_value=9999)
    values = forms.CharField(label=_("Options, in order"), initial="A B C D", max_length=200)
    type = forms.ChoiceField(
        label=_("Kind"),
        choices=[
            ("single", _("one answer")),
            ("multiple", _("several answers")),
            ("digit", _("one digit of a number")),
            ("invigilator", _("for invigilators")),
            (IDENTITY_AREA, _("name, number or label: no bubbles, covered in every picture")),
        ],
    )
    options_run = forms.ChoiceField(
        label=_("The options of one question stand"),
        choices=[("across", _("side by side")), ("down", _("one below another"))],
    )
    questions = forms.IntegerField(
        label=_("Questions"),
        required=False,
        min_value=1,
        max_value=MOST_IN_BLOCK,
        help_text=_("Left empty, they are counted on the picture."),
    )
    left = forms.FloatField(label=_("Left edge"), min_value=0, widget=_PIXELS)
    top = forms.FloatField(label=_("Upper edge"), min_value=0, widget=_PIXELS)
    wide = forms.FloatField(label=_("Width"), min_value=4, widget=_PIXELS)
    high = forms.FloatField(label=_("Height"), min_value=4, widget=_PIXELS)

    def clean_values(self) -> list[str]:
        """The options; a single word of several letters is not split."""
        found = self.cleaned_data["values"].replace(",", " ").replace("、", " ").split()
        if len(set(found)) != len(found) or not 1 <= len(found) <= 40:
            raise forms.ValidationError(_("Give each option once, with spaces between."))
        return list(found)

    @property
    def rectangle(self) -> Rectangle:
        """The rectangle as drawn: left, top, width, height in pixels."""
        given = self.cleaned_data
        return given["left"], given["top"], given["wide"], given["high"]

    def block(self, image: Grey) -> Block | None:
        """The block that this rectangle holds; adds an error and returns None where none is found."""
        given = self.cleaned_data
        values, across = given["values"], given["options_run"] == "across"
        where = self.rectangle
        grid = guess_grid(image, *where)
        options = (grid.columns if across else grid.rows) if grid else 0
        fields = (grid.rows if across else grid.columns) if grid else 0
        asked = given["questions"]
        if grid is None or options != len(values) or (asked and asked != fields):
            if not asked:
                self.add_error(
                    "questions",
                    _("No grid of %(n)d options was found here. Draw closer, or say how many questions.")
                    % {"n": len(values)},
                )
                return None
            fields = asked
            grid = _even(where, *((fields, len(values)) if across else (len(values), fields)))
        first, last = grid.first, grid.last
        right, below = (last[0], first[1]), (first[0], last[1])
        number = given["first_number"]
        return Block(
            fields=tuple(f"{given['begins']}{number + at}" for at in range(fields)),
            values=tuple(values),
            first=first,
            last_value=right if across else below,
            last_field=below if across else right,
            size=grid.size,
            last=last,
            type=given["type"],
        )


def _even(where: tuple[float, float, float, float], rows: int, columns: int) -> Grid:
    """Bubbles evenly over the rectangle, where they are not seen well enough to be found."""
    left, top, wide, high = where
    across, down = wide / columns, high / rows
    size = (0.7 * across, 0.7 * down)
    first = (left + across / 2, top + down / 2)
    return Grid(rows, columns, size, first, (left + wide - across / 2, top + high - down / 2))


@dataclass(frozen=True, slots=True)
class Described:
    """What has been drawn on a blank up to now: groups of bubbles, and areas that say whose the sheet is."""

    blocks: tuple[Block, ...] = ()
    covered: tuple[Rectangle, ...] = ()

    def without(self, at: int) -> "Described":
        """The same without one of them, counted through."""
        every = [*self.blocks, *self.covered]
        del every[at : at + 1]
        count = len(self.blocks) - (0 <= at < len(self.blocks))
        return Described(tuple(every[:count]), tuple(every[count:]))  # type: ignore[arg-type]

    @classmethod
    def read(cls, content: str) -> "Described":
        """From what the page carries. Raises Refused."""
        try:
            plain = json.loads(content)
            covered = tuple(_rectangle(one[COVERED]) for one in plain if COVERED in one)
            blocks = json.dumps([one for one in plain if COVERED not in one])
        except (TypeError, ValueError, RecursionError):
            return cls(tuple(blocks_of(content.encode())))  # it says what is wrong
        return cls(tuple(blocks_of(blocks.encode())), covered)

    def layout(self, name: str, image: Grey) -> Layout:
        """The layout of a form described so. Raises Refused."""
        found = described(name, image, self.blocks)
        scale = max(image.shape) / LONG_SIDE_MM
        boxes = (Box(*(round(side / scale, 2) for side in drawn)) for drawn in self.covered)
        whole = replace(found, keepout=tuple(Named(IDENTITY_AREA, box) for box in boxes))
        return Layout.from_bytes(whole.to_bytes())

    def spelt(self) -> str:
        """As the page carries it from step to step."""
        return json.dumps(
            [*_spelt(self.blocks), *({COVERED: one} for one in self.covered)], ensure_ascii=False
        )


def _rectangle(plain: Any) -> Rectangle:
    """Four sensible numbers; raises TypeError or ValueError for anything else."""
    left, top, wide, high = (float(one) for one in plain)
    if not all(0 <= side <= FARTHEST for side in (left, top, wide, high)):
        raise ValueError("not a rectangle on a page")
    return left, top, wide, high


def _spelt(blocks: Iterable[Block]) -> list[dict[str, Any]]:
    return [
        {
            "fields": list(block.fields),
            "values": list(block.values),
            "first": block.first,
            "last_value": block.last_value,
            "last_field": block.last_field,
            "size": block.size,
            "type": block.type,
            **({"last": block.last} if block.last else {}),
        }
        for block in blocks
    ]
