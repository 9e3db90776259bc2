"""Reads what a keyboard-wedge scanner typed.

Such scanners send the characters of the code and an ending (Enter, Tab or
both). With a Chinese input method left on, digits arrive full-width: those are
made plain. Anything that is not an admission number or an entry code of the
house is reported unreadable, never guessed.
"""

import re
import unicodedata

from kaowu.devices.observation import Observation, Quality

_ENDINGS = "\r\n\t "
_ADMISSION_NUMBER = re.compile(r"[0-9A-Z]{8,20}\Z")
_ENTRY_CODE = re.compile(r"KW:[^:\s]{1,40}:[0-9A-Za-z]{6,40}:[^:\s]{1,40}\Z")


def read(frame: bytes) -> Observation:
    """An observation of kind `admission_number` or `entry_code`; else `unknown`, unreadable."""
    try:
        typed = frame.decode("utf-8").strip(_ENDINGS)
    except UnicodeDecodeError:
        return Observation("unknown", frame.hex(), Quality.UNREADABLE)
    plain = unicodedata.normalize("NFKC", typed).upper()
    if _ENTRY_CODE.match(typed):
        return Observation("entry_code", typed)
    if _ADMISSION_NUMBER.match(plain):
        return Observation("admission_number", plain)
    return Observation("unknown", typed, Quality.UNREADABLE)
