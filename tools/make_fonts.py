"""Build the bundled fonts out of open sources.

Paper must look the same on every machine and no name may turn into an empty
frame, so the fonts travel with the program. This script is run by hand, on a
machine with Debian's fonts-noto-cjk, fonts-noto-cjk-extra and fonts-hanazono;
its results in src/kaowu/reports/fonts are committed. The same sources give
the same bytes.

    python tools/make_fonts.py                  build all faces
    python tools/make_fonts.py kaowu-names-ext  build one of them
"""

from __future__ import annotations

import hashlib
import json
import sys
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path

from fontTools.subset import Options, Subsetter
from fontTools.ttLib import TTFont
from fontTools.ttLib.woff2 import WOFF2FlavorData

NOTO = Path("/usr/share/fonts/opentype/noto")
HANA = Path("/usr/share/fonts/truetype/hanazono")
TARGET = Path(__file__).resolve().parent.parent / "src" / "kaowu" / "reports" / "fonts"
SIMPLIFIED_CHINESE = 2  # the face inside Noto's collections with mainland shapes

# GB 18030-2022 names 87,887 Han characters: seven runs and twelve unified
# characters that lie in the compatibility block.
HAN_RUNS = (
    (0x4E00, 0x9FEF),
    (0x3400, 0x4DB5),
    (0x20000, 0x2A6D6),
    (0x2A700, 0x2B734),
    (0x2B740, 0x2B81D),
    (0x2B820, 0x2CEA1),
    (0x2CEB0, 0x2EBE0),
)
HAN_COMPATIBILITY = (
    *(0xFA0E, 0xFA0F, 0xFA11, 0xFA13, 0xFA14, 0xFA1F),
    *(0xFA21, 0xFA23, 0xFA24, 0xFA27, 0xFA28, 0xFA29),
)
# Not Han letters by the standard's count, yet they occur in names.
NAME_EXTRAS = (0x3007, 0x00B7, 0x2022, 0x30FB, *range(0xF900, 0xFA6E), *range(0x9FF0, 0xA000))

TEXT_RUNS = (
    *((0x0020, 0x007E), (0x00A0, 0x017F), (0x01CD, 0x01DC)),  # Latin, pinyin
    *((0x0391, 0x03C9), (0x0410, 0x0451), (0x2010, 0x2027)),  # Greek, Cyrillic, punctuation
    *((0x2030, 0x203B), (0x20AC, 0x20AC), (0x2103, 0x2122), (0x2150, 0x217F)),
    *((0x2190, 0x2199), (0x2200, 0x22BF), (0x2460, 0x249B), (0x2500, 0x257F)),
    *((0x25A0, 0x25FF), (0x2605, 0x2606), (0x2640, 0x2642), (0x2713, 0x2717)),
    *((0x3000, 0x303F), (0x3041, 0x30FF), (0x3105, 0x3129), (0x3220, 0x3229)),
    *((0x32C0, 0x32CB), (0x3380, 0x33DF), (0xFE30, 0xFE4F), (0xFF01, 0xFF5E), (0xFFE0, 0xFFE6)),
)


def gb18030_han() -> set[int]:
    """The 87,887 Han characters of GB 18030-2022."""
    return {c for first, last in HAN_RUNS for c in range(first, last + 1)} | set(HAN_COMPATIBILITY)


def text_characters(han: Iterable[int]) -> set[int]:
    return {c for first, last in TEXT_RUNS for c in range(first, last + 1)} | set(han)


def encodable_han(encoding: str) -> set[int]:
    """The Han characters of an older standard, as Python's codec knows it."""
    found = set()
    for code in range(0x4E00, 0x9FA6):
        try:
            chr(code).encode(encoding)
        except UnicodeEncodeError:
            continue
        found.add(code)
    return found


@dataclass(frozen=True)
class Face:
    """One font file: where its outlines come from and what it may hold."""

    stem: str
    family: str
    style: str
    sources: tuple[tuple[Path, int], ...]
    wanted: Callable[[], set[int]]
    copyright: str


NOTO_COPYRIGHT = "© 2014-2021 Adobe (http://www.adobe.com/), with Reserved Font Name 'Source'."
HANA_COPYRIGHT = (
    "Copyright (c) 2011, GlyphWiki Project (kamichi@fonts.jp), with Reserved Font Name "
    '"Hanazono Font", "HanaMinA", "HanaMinB", "花園フォント", "花園明朝A" and "花園明朝B".'
)

_REGULAR = (NOTO / "NotoSansCJK-Regular.ttc", SIMPLIFIED_CHINESE)
_BOLD = (NOTO / "NotoSansCJK-Bold.ttc", SIMPLIFIED_CHINESE)


def names_characters() -> set[int]:
    latin = set(range(0x20, 0x7F)) | set(range(0xC0, 0x180)) | set(range(0x1CD, 0x1DD))
    return gb18030_han() | set(NAME_EXTRAS) | latin


def rest_for_hanazono() -> set[int]:
    """What Noto lacks: its shapes are preferred, since they follow mainland practice."""
    return gb18030_han() - set(_open(*_REGULAR).getBestCmap())


FACES = (
    Face(
        "kaowu-sans-regular",
        "Kaowu Sans",
        "Regular",
        (_REGULAR,),
        lambda: text_characters(encodable_han("gb2312")),
        NOTO_COPYRIGHT,
    ),
    Face(
        "kaowu-sans-bold",
        "Kaowu Sans",
        "Bold",
        (_BOLD,),
        lambda: text_characters(gb18030_han()),
        NOTO_COPYRIGHT,
    ),
    Face("kaowu-names", "Kaowu Names", "Regular", (_REGULAR,), names_characters, NOTO_COPYRIGHT),
    Face(
        "kaowu-names-ext",
        "Kaowu Names Ext",
        "Regular",
        ((HANA / "HanaMinB.ttf", -1),),
        rest_for_hanazono,
        HANA_COPYRIGHT,
    ),
)


def build(face: Face) -> None:
    (path, number), *_ = face.sources
    font = _subset(_open(path, number), face.wanted())
    _rename(font, face)
    font.flavor = "woff2"
    # Without the glyf transform a browser still reads the file, and the server
    # unpacks it with brotli alone: seconds instead of a minute in pure Python.
    font.flavorData = WOFF2FlavorData(transformedTables=set())
    font.save(TARGET / f"{face.stem}.woff2", reorderTables=False)


def report() -> None:
    """Write what the faces hold: sizes, counts, and whatever is missing."""
    han, files, covered = gb18030_han(), [], set()
    for face in FACES:
        path = TARGET / f"{face.stem}.woff2"
        content = path.read_bytes()
        letters = set(TTFont(path, lazy=True).getBestCmap())
        if face.family.startswith("Kaowu Names"):
            covered |= letters & han
        files.append(
            {
                "file": path.name,
                "family": face.family,
                "style": face.style,
                "bytes": len(content),
                "sha256": hashlib.sha256(content).hexdigest(),
                "characters": len(letters),
                "gb18030_han": len(letters & han),
                "sources": [source.name for source, _ in face.sources],
            }
        )
    summary = {
        "gb18030_2022_han": len(han),
        "names_cover": len(covered),
        "names_missing": [f"U+{code:04X}" for code in sorted(han - covered)],
        "names_bytes": sum(f["bytes"] for f in files if f["family"].startswith("Kaowu Names")),
        "total_bytes": sum(f["bytes"] for f in files),
        "files": files,
    }
    text = json.dumps(summary, ensure_ascii=False, indent=2)
    (TARGET / "coverage.json").write_text(text + "\n", encoding="utf-8")
    print(text)


def _open(path: Path, number: int) -> TTFont:
    return TTFont(path, fontNumber=number, lazy=True, recalcTimestamp=False)


def _subset(font: TTFont, wanted: set[int]) -> TTFont:
    options = Options()
    options.layout_features = []
    options.hinting = False
    options.glyph_names = False
    options.notdef_outline = True
    options.recalc_timestamp = False
    options.drop_tables += ["BASE", "GDEF", "GSUB", "GPOS", "VORG", "vhea", "vmtx", "FFTM", "prop"]
    options.drop_tables += ["gasp", "GlyphOrder"]
    subsetter = Subsetter(options)
    subsetter.populate(unicodes=sorted(wanted & set(font.getBestCmap())))
    subsetter.subset(font)
    return font


def _rename(font: TTFont, face: Face) -> None:
    """Both sources reserve their own names for the unmodified fonts."""
    full = f"{face.family} {face.style}"
    postscript = full.replace(" ", "")
    names = font["name"]
    names.names = []
    for number, text in {
        0: face.copyright,
        1: face.family,
        2: face.style,
        3: f"kaowu;{postscript}",
        4: full,
        5: "Version 1.0",
        6: postscript,
        13: "This Font Software is licensed under the SIL Open Font License, Version 1.1.",
        14: "https://openfontlicense.org",
    }.items():
        names.setName(text, number, 3, 1, 0x409)
    if "CFF " in font:
        cff = font["CFF "].cff
        cff.fontNames = [postscript]
        cff.topDictIndex[0].FullName = full
        cff.topDictIndex[0].FamilyName = face.family


def main(chosen: list[str]) -> None:
    TARGET.mkdir(parents=True, exist_ok=True)
    for face in FACES:
        if not chosen or face.stem in chosen:
            print(f"building {face.stem} …", file=sys.stderr)
            build(face)
    report()


if __name__ == "__main__":
    main(sys.argv[1:])
