"""Names of persons (姓名): the one written form, and what cannot be a name.

民委发〔2016〕33号 allows one separator, · (U+00B7), and names of up to fifty
characters; GB 18030-2022 adds characters outside the basic plane. So names are
counted in code points, look-alikes of the separator are replaced, radicals and
compatibility forms become the ordinary character, and characters outside
U+4E00–U+9FA5 are marked, because a font may lack them. What was written is
always kept beside what was understood.
"""

import re
import unicodedata
from dataclasses import dataclass
from functools import lru_cache
from importlib import resources

SEPARATOR = "·"
LOOKALIKES = "\u2022\u30fb\uff65\u2027\u0387\u2219\u22c5.．"

_INVISIBLE = (
    "\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180e\u200b-\u200f\u202a-\u202e"
    "\u2060-\u206f\u3164\ufe00-\ufe0f\ufeff\uffa0\ufff9-\ufffb"
)
SPACES = re.compile(rf"[\s\u0000-\u0020\u007f-\u00a0\u2800{_INVISIBLE}]+")
INVISIBLE = re.compile(rf"[\u0000-\u0008\u000e-\u001f\u007f-\u009f{_INVISIBLE}]+")
VARIATION_SELECTORS = re.compile("[\U000e0100-\U000e01ef]")
FULL_WIDTH = {code: code - 0xFEE0 for code in range(0xFF01, 0xFF5F)} | {0x3000: 0x20}

COMMON_NAME = re.compile(r"[\u4e00-\u9fa5]{2,}")
_HAN = (
    "\u3005\u3007\u3400-\u4dbf\u4e00-\u9fff\ufa0e\ufa0f\ufa11\ufa13\ufa14\ufa1f\ufa21\ufa23\ufa24"
    "\ufa27-\ufa29\U00020000-\U0003ffff"
)
HAN_NAME = re.compile(rf"[{_HAN}]+(?:·[{_HAN}]+)*")
HAN = re.compile(rf"[{_HAN}]")
RARE = re.compile(rf"(?![\u4e00-\u9fa5])[{_HAN}\u2e80-\u2fdf\u31c0-\u31ef]")
LATIN_NAME = re.compile(
    r"[A-Za-z\u00c0-\u024f\u1e00-\u1eff](?:[A-Za-z\u00c0-\u024f\u1e00-\u1eff\u0300-\u036f .,'’·-]*"
    r"[A-Za-z\u00c0-\u024f\u1e00-\u1eff\u0300-\u036f.])?"
)
LOST = re.compile("[?？□▢▯◻☐〓\ufffd\uffff]")
PRIVATE_USE = re.compile("[\ue000-\uf8ff\U000f0000-\U0010ffff]")


@lru_cache(maxsize=1)
def unified_ideographs() -> dict[int, str]:
    """Radicals and strokes with the ordinary character each stands for."""
    text = resources.files("kaowu.basics").joinpath("equivalent_unified_ideographs.txt").read_text("utf-8")
    pairs = (line.split() for line in text.splitlines() if not line.startswith("#"))
    return {int(radical, 16): chr(int(ideograph, 16)) for radical, ideograph in pairs}


@dataclass(frozen=True, slots=True)
class ReadName:
    """A name as understood, with its faults and what was changed on the way."""

    name: str
    faults: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()

    @property
    def is_name(self) -> bool:
        """True if nothing speaks against taking it."""
        return bool(self.name) and not self.faults


def half_width(text: str) -> str:
    """Full-width letters, digits and marks as ASCII; everything else unchanged."""
    return text.translate(FULL_WIDTH)


def without_spaces(text: str) -> str:
    """The text without any space, control or zero-width character."""
    return SPACES.sub("", text)


def read_name(raw: str, *, latin_allowed: bool = False) -> ReadName:
    """Read a name as written.

    Faults are name_lost_character, name_private_use, name_invalid_character;
    notes are name_dot_normalised, name_radical_normalised,
    name_rare_character. Latin names are names only on a passport or a
    permanent residence card.
    """
    if COMMON_NAME.fullmatch(raw):
        return ReadName(raw)
    if latin_allowed:
        latin = _latin(raw)
        if latin is not None:
            return latin
    notes = []
    name = VARIATION_SELECTORS.sub("", without_spaces(raw))
    dotted = name
    for mark in LOOKALIKES:
        dotted = dotted.replace(mark, SEPARATOR)
    if dotted != name:
        notes.append("name_dot_normalised")
    unified = unicodedata.normalize("NFC", dotted.translate(unified_ideographs()))
    if unified != dotted:
        notes.append("name_radical_normalised")
    faults = _faults(unified)
    if RARE.search(unified):
        notes.append("name_rare_character")
    return ReadName(unified, faults, tuple(notes))


def _latin(raw: str) -> ReadName | None:
    """A Latin name with single spaces, or None if it is not one."""
    text = " ".join(half_width(INVISIBLE.sub("", raw)).split())
    name = unicodedata.normalize("NFC", text)
    notes: tuple[str, ...] = ()
    for mark in LOOKALIKES.replace(".", ""):
        if mark in name:
            name = name.replace(mark, SEPARATOR)
            notes = ("name_dot_normalised",)
    return ReadName(name, (), notes) if LATIN_NAME.fullmatch(name) else None


def _faults(name: str) -> tuple[str, ...]:
    if HAN_NAME.fullmatch(name):
        return ()
    faults = []
    if LOST.search(name):
        faults.append("name_lost_character")
    if PRIVATE_USE.search(name):
        faults.append("name_private_use")
    rest = PRIVATE_USE.sub("", LOST.sub("", name))
    bones = rest.strip(SEPARATOR) if faults else rest
    if bones and not HAN_NAME.fullmatch(bones):
        faults.append("name_invalid_character")
    return tuple(faults)


def mask_name(name: str) -> str:
    """欧○○: the first character stays, in lists without need of more."""
    return name[:1] + "○" * max(len(name) - 1, 0)


def mask_phone(phone: str) -> str:
    """138****0000."""
    if len(phone) < 8:
        return "*" * len(phone)
    return phone[:3] + "*" * (len(phone) - 7) + phone[-4:]
