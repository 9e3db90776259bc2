"""The bundled fonts hold what they are said to hold."""

import hashlib

import pytest
from fontTools.ttLib import TTFont

from kaowu.reports import fonts, lettering

HAN_RUNS = (
    (0x4E00, 0x9FEF),
    (0x3400, 0x4DB5),
    (0x20000, 0x2A6D6),
    (0x2A700, 0x2B734),
    (0x2B740, 0x2B81D),
    (0x2B820, 0x2CEA1),
    (0x2CEB0, 0x2EBE0),
)
COMPATIBILITY = "﨎﨏﨑﨓﨔﨟﨡﨣﨤﨧﨨﨩"


def gb18030_han():
    """Every Han character, as GB 18030-2022 counts them, by way of the codec where it knows them."""
    han = {chr(code) for first, last in HAN_RUNS for code in range(first, last + 1)}
    return han | set(COMPATIBILITY)


def test_the_names_faces_draw_all_87887_han_characters_of_gb_18030():
    han = gb18030_han()
    assert len(han) == 87_887
    held = set()
    for stem in ("kaowu-names", "kaowu-names-ext"):
        with TTFont(fonts.FOLDER / f"{stem}.woff2", lazy=True) as font:
            held |= set(map(chr, font.getBestCmap()))
    assert han - held == set()
    assert held <= fonts.drawable()
    assert fonts.coverage()["names_cover"] == len(han & held)


def test_the_stated_sizes_and_digests_are_those_of_the_files():
    known = fonts.coverage()
    assert {face["file"] for face in known["files"]} == {path.name for path in fonts.packed()}
    for face in known["files"]:
        content = (fonts.FOLDER / face["file"]).read_bytes()
        assert len(content) == face["bytes"]
        assert hashlib.sha256(content).hexdigest() == face["sha256"]
    assert known["total_bytes"] < 45_000_000


def test_no_face_takes_a_name_its_source_reserves():
    for path in fonts.packed():
        with TTFont(path, lazy=True) as font:
            names = {font["name"].getDebugName(number) for number in (1, 4, 6)}
            assert all(name.startswith("Kaowu") for name in names)
            assert "Open Font License" in font["name"].getDebugName(13)


@pytest.mark.parametrize("letter", ["\U00030a05", "\ue000", "ᠠ", "\u200b"])
def test_a_letter_outside_the_fonts_becomes_a_frame(letter):
    assert lettering.missing(f"王{letter}明{letter}") == [letter]
    assert lettering.written(f"王{letter}") == [{"text": "王"}, {"missing": letter}]


def test_rare_letters_are_told_from_common_ones():
    assert lettering.written("欧阳䶮") == "欧阳䶮"
    assert lettering.written("丁𠀀") == [{"text": "丁"}, {"rare": "𠀀"}]


@pytest.mark.parametrize("name", ["王明", "买买提依明·阿卜杜热合曼", "迪丽努尔·艾合买提江·古丽巴哈尔·买买提"])
@pytest.mark.parametrize(("width", "height"), [(33.6, 5.9), (41.5, 8.5), (76.0, 9.4)])
def test_a_fitted_name_keeps_every_letter_inside_its_place(name, width, height):
    fitted = lettering.fitted(name, width, 16, height_mm=height, lines=3)
    assert "".join(fitted["lines"]) == name
    assert not any(line.startswith("·") for line in fitted["lines"])
    mm = fitted["size"] * 25.4 / 72
    assert max(map(lettering.width_em, fitted["lines"])) * mm <= width
    assert len(fitted["lines"]) * mm <= height
