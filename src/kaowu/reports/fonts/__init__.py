"""The bundled fonts: unpacked once, and asked which letters they hold.

Three families travel with the program as WOFF2, so that browsers take the same
files: `Kaowu Sans` (text, regular and bold), `Kaowu Names` (every Han character
Noto Sans has) and `Kaowu Names Ext` (the rest of GB 18030-2022, from
Hanazono). Typst reads OpenType, so the files are unpacked into a cache at
first use. `tools/make_fonts.py` builds them; `coverage.json` says what they hold.
"""

import hashlib
import json
import os
import tempfile
from functools import cache
from pathlib import Path

from fontTools.ttLib import TTFont

FOLDER = Path(__file__).parent
FAMILIES = ("Kaowu Sans", "Kaowu Names", "Kaowu Names Ext")
_BOLD = "kaowu-sans-bold"


def coverage() -> dict[str, object]:
    """Sizes and counts as written when the fonts were built."""
    known: dict[str, object] = json.loads((FOLDER / "coverage.json").read_text(encoding="utf-8"))
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
    return folder


@cache
def drawable() -> frozenset[str]:
    """Every character that some face can draw."""
    return frozenset().union(*(_letters(path.stem) for path in packed()))


@cache
def drawable_in_bold() -> frozenset[str]:
    """Every character that has a bold shape of its own."""
    return _letters(_BOLD)


@cache
def narrow() -> dict[str, float]:
    """The widths, in ems, of the bold letters that are not as wide as 汉字."""
    with TTFont(unpacked() / f"{_BOLD}.otf", lazy=True) as font:
        em, metrics = font["head"].unitsPerEm, font["hmtx"]
        widths = {chr(code): metrics[name][0] / em for code, name in font.getBestCmap().items()}
    return {letter: width for letter, width in widths.items() if width != 1.0}


def _letters(stem: str) -> frozenset[str]:
    with TTFont(unpacked() / f"{stem}.otf", lazy=True) as font:
        return frozenset(map(chr, font.getBestCmap()))


def _cache_folder() -> Path:
    digest = hashlib.sha256((FOLDER / "coverage.json").read_bytes()).hexdigest()[:16]
    data = os.environ.get("KAOWU_DATA")
    base = Path(data) / "cache" if data else Path(tempfile.gettempdir()) / f"kaowu-{os.getuid()}"
    return base / f"fonts-{digest}"


def _unpack(source: Path, target: Path) -> None:
    """Write beside the target, then move: two processes may do this at once."""
    handle, name = tempfile.mkstemp(dir=target.parent, suffix=".part")
    with os.fdopen(handle, "wb") as part, TTFont(source, lazy=True, recalcTimestamp=False) as font:
        font.flavor = None
        font.save(part, reorderTables=None)
    os.replace(name, target)
