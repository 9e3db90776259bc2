"""Charts of the wall as plain SVG: bars and lines only, from zero, with the unit in the panel's title.

Everything is an attribute, nothing a style, since the pages allow no inline style.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape

from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _

WIDTH, HEIGHT = 428, 236
LEFT, RIGHT, TOP, BOTTOM = 62, 420, 14, 196


@dataclass(frozen=True, slots=True)
class Bar:
    """One bar: its height, whether it is the present one, a word below it (or none)."""

    value: int
    is_now: bool = False
    word: str = ""


def bars(items: Sequence[Bar], said: str) -> SafeString:
    """Bars side by side; `said` is the chart in one sentence for who cannot see it."""
    top = _top(max((bar.value for bar in items), default=0))
    step = (RIGHT - LEFT) / max(len(items), 1)
    parts = [_grid(top)]
    for number, bar in enumerate(items):
        x = LEFT + number * step
        height = (BOTTOM - TOP) * bar.value / top
        kind = "b now" if bar.is_now else "b"
        parts.append(
            f'<rect x="{x + step * 0.14:.1f}" y="{BOTTOM - height:.1f}" width="{step * 0.72:.1f}" height="{height:.1f}" class="{kind}"/>'
        )
        if bar.word:
            parts.append(_text(x, BOTTOM + 30, bar.word, "middle"))
    return _svg(parts, said)


def line(
    points: Sequence[tuple[float, int]],
    most: int,
    words: Sequence[tuple[float, str]],
    now: float | None,
    said: str,
) -> SafeString:
    """A rising count against a dashed limit; `points` run from 0 to 1 across, up to `most`."""
    top, right = _top(most), RIGHT - 104
    parts = [_grid(top, right)]
    limit = BOTTOM - (BOTTOM - TOP) * most / top
    parts.append(f'<line x1="{LEFT}" x2="{right}" y1="{limit:.1f}" y2="{limit:.1f}" class="f"/>')
    parts.append(_text(right + 8, limit + 8, _("due %(n)s") % {"n": f"{most:,}"}, "start"))
    path = [f"M{LEFT} {BOTTOM}"]
    height = float(BOTTOM)
    for across, value in points:
        x = LEFT + (right - LEFT) * across
        path.append(f"L{x:.1f} {height:.1f}")
        height = BOTTOM - (BOTTOM - TOP) * value / top
        path.append(f"L{x:.1f} {height:.1f}")
    if now is not None:
        path.append(f"L{LEFT + (right - LEFT) * now:.1f} {height:.1f}")
        parts.append(f'<path d="{" ".join(path)}" class="l1"/>')
        reached = points[-1][1] if points else 0
        y = height + 8 if abs(height - limit) > 26 else limit + 36
        parts.append(_text(right + 8, y, _("done %(n)s") % {"n": f"{reached:,}"}, "start", "t k"))
    parts += [_text(LEFT + (right - LEFT) * across, BOTTOM + 30, word, "middle") for across, word in words]
    return _svg(parts, said)


def _grid(top: int, right: float = RIGHT) -> str:
    drawn = []
    for share in (0, 0.5, 1):
        y = BOTTOM - (BOTTOM - TOP) * share
        drawn.append(f'<line x1="{LEFT}" x2="{right}" y1="{y:.1f}" y2="{y:.1f}" class="g"/>')
        if share in (0, 1) or top % 2 == 0:
            drawn.append(_text(LEFT - 8, y + 8, f"{round(top * share):,}", "end"))
    return "".join(drawn)


def _top(value: int) -> int:
    """A round number not below the value."""
    size = 1
    while True:
        for step in (2, 4, 6, 10):
            if value <= step * size:
                return step * size
        size *= 10


def _text(x: float, y: float, word: str, anchor: str, kind: str = "t") -> str:
    return f'<text x="{x:.1f}" y="{y:.1f}" class="{kind}" text-anchor="{anchor}">{escape(word)}</text>'


def _svg(parts: Sequence[str], said: str) -> SafeString:
    inside = "".join(parts)
    return mark_safe(
        f'<svg viewBox="0 0 {WIDTH} {HEIGHT}" preserveAspectRatio="xMidYMid meet" class="ch" role="img" aria-label="{escape(said)}">{inside}</svg>'
    )
