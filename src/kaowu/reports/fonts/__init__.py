"""The bundled fonts: unpacked once, and asked which letters they hold.

Three families travel with the program as WOFF2, so that browsers take the same
files: `Kaowu Sans` (text, regular and bold), `Kaowu Names` (every Han character
Noto Sans has) and `Kaowu Names Ext` (the rest of GB 18030-2022, from
Hanazono). Typst reads OpenType, so the files are unpacked into a cache at
first use, and what their cmaps hold is written beside them.
`tools/make_fonts.py` builds them; `coverage.json` says what they hold.
"""

import hashlib
import json
import os
import tempfile
from collections.abc import Iterable
from functools import cache
from io import BytesIO
from pathlib import Path
from typing import Any

from fontTools.ttLib import TTFont

FOLDER = Path(__file__).parent
FAMILIES = ("Kaowu Sans", "Kaowu Names", "Kaowu Names Ext")
_BOLD = "kaowu-sans-bold"
_LETTERS = "letters.json"


def coverage() -> dict[str, Any]:
    """Sizes and counts as written when the fonts were built."""
    known: dict[str, Any] = json.loads((FOLDER / "coverage.json").read_text(encoding="utf-8"))
    return known


def packed() -> list[Path]:
    """The WOFF2 files, as a browser may be given them."""
    return sorted(FOLDER.glob("*.woff2"))


@cache
def unpacked() -> Path:
    """The folder with the OpenType files, made if this machine has none yet."""
    folder = _cache_folder()
    folder.mkdir(parents=True, exist_ok=True)
    for source in packed():
        target = folder / f"{source.stem}.otf"
        if not target.exists():
            _unpack(source, target)
    if not (folder / _LETTERS).exists():
        _write_whole(folder / _LETTERS, json.dumps(_letters(folder)).encode())
    return folder


@cache
def drawable() -> frozenset[str]:
    """Every character that some face can draw."""
    return _expanded(_known()["all"])


@cache
def drawable_in_bold() -> frozenset[str]:
    """Every character that has a bold shape of its own."""
    return _expanded(_known()["bold"])


@cache
def narrow() -> dict[str, float]:
    """The widths, in ems, of the bold letters that are not as wide as 汉字."""
    return dict(_known()["narrow"])


@cache
def _known() -> dict[str, Any]:
    known: dict[str, Any] = json.loads((unpacked() / _LETTERS).read_text(encoding="utf-8"))
    return known


def _letters(folder: Path) -> dict[str, Any]:
    """What the cmaps of the unpacked faces hold."""
    codes: set[int] = set()
    for path in sorted(folder.glob("*.otf")):
        with TTFont(path, lazy=True) as font:
            codes |= set(font.getBestCmap())
    with TTFont(folder / f"{_BOLD}.otf", lazy=True) as font:
        em, metrics, cmap = font["head"].unitsPerEm, font["hmtx"], font.getBestCmap()
        widths = {chr(code): metrics[name][0] / em for code, name in cmap.items()}
    return {
        "all": _runs(codes),
        "bold": _runs(cmap),
        "narrow": {letter: width for letter, width in widths.items() if width != 1.0},
    }


def _runs(codes: Iterable[int]) -> list[list[int]]:
    """Code points as runs of first and last."""
    runs: list[list[int]] = []
    for code in sorted(codes):
        if runs and runs[-1][1] == code - 1:
            runs[-1][1] = code
        else:
            runs.append([code, code])
    return runs


def _expanded(runs: list[list[int]]) -> frozenset[str]:
    return frozenset(chr(code) for first, last in runs for code in range(first, last + 1))


def _cache_folder() -> Path:
    digest = hashlib.sha256((FOLDER / "coverage.json").read_bytes()).hexdigest()[:16]
    data = os.environ.get("KAOWU_DATA")
    base = Path(data) / "cache" if data else Path(tempfile.gettempdir()) / f"kaowu-{os.getuid()}"
    return base / f"fonts-{digest}"


def _unpack(source: Path, target: Path) -> None:
    content = BytesIO()
    with TTFont(source, lazy=True, recalcTimestamp=False) as font:
        font.flavor = None
        font.save(content, reorderTables=None)
    _write_whole(target, content.getvalue())


def _write_whole(target: Path, content: bytes) -> None:
    """Write beside the target, then move: two processes may do this at once."""
    handle, name = tempfile.mkstemp(dir=target.parent, suffix=".part")
    with os.fdopen(handle, "wb") as part:
        part.write(content)
    os.replace(name, target)
