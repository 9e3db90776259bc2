"""Which encoding a text is in, told from its bytes.

A byte order mark decides. Otherwise each possible encoding is tried, and what
comes out is weighed: ordinary characters and words of rosters speak for it,
characters that nobody writes, lost characters and private ones against it. A
mark elsewhere in the file (a DBF code page, a charset in HTML) is only a hint,
for it is often wrong.
"""

from __future__ import annotations

import codecs
import re

SAMPLE = 1 << 18
MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
ROSTER_WORDS = re.compile(
    "姓名|身份|身分|证件|證件|号码|號碼|考生|报名|報名|性别|性別|学校|學校|中学|中學|科目|出生|电话|電話|语种|序号|"
    "县|班|汉族|物理|化学|历史|地理|居民|备注|英语|区|市"
)
_COMMON = re.compile(r"[\u4e00-\u9fa5\u3000-\u3002\uff01-\uff5e]")
_ODD = re.compile(
    r"[\u0080-\u009f\u0400-\u04ff\u0600-\u0fff\u1000-\u1fff\u2500-\u257f\uac00-\ud7af\uff61-\uff9f\ufb00-\ufdff]"
)
_BAD = re.compile("[\ufffd\ue000-\uf8ff\U00030000-\U0010ffff\x00-\x08\x0e-\x19]")
# Fourteen characters of GB 18030-2005 and 2022 that the older mapping, which
# Python keeps, puts into the private use area.
GB18030_2022 = str.maketrans(
    {
        "\ue816": "\U00020087", "\ue817": "\U00020089", "\ue818": "\U000200cc", "\ue81e": "\u9fb4",
        "\ue826": "\u9fb5", "\ue82b": "\u9fb6", "\ue82c": "\u9fb7", "\ue831": "\U000215d7",
        "\ue832": "\u9fb8", "\ue83b": "\U0002298f", "\ue843": "\u9fb9", "\ue854": "\u9fba",
        "\ue855": "\U000241fe", "\ue864": "\u9fbb",
    }
)  # fmt: skip


def best_encoding(data: bytes, *, allow_utf16: bool = True) -> str:
    """The name of the encoding in which the bytes make most sense."""
    for mark, encoding in MARKS:
        if data.startswith(mark):
            return encoding
    sample = data[:SAMPLE]
    if sample.isascii() and b"\0" not in sample:
        if data.isascii():
            return "utf-8"
        sample = data
    if allow_utf16 and _many_zeros(sample):
        return "utf-16-le" if sample[1::2].count(0) >= sample[::2].count(0) else "utf-16-be"
    if _is_utf8(data):
        return "utf-8"
    candidates = ["gb18030", "utf-8", "big5hkscs", *(["utf-16-le", "utf-16-be"] if allow_utf16 else [])]
    return max(candidates, key=lambda encoding: _sense(sample, encoding))


def decode_text(data: bytes, encoding: str = "") -> tuple[str, str]:
    """The text and the encoding it was in; undecodable bytes become U+FFFD."""
    encoding = encoding or best_encoding(data)
    text = data.decode(encoding, "replace").lstrip("\ufeff")
    if encoding == "gb18030":
        text = text.translate(GB18030_2022)
    return text, encoding


def _many_zeros(sample: bytes) -> bool:
    """ASCII in UTF-16 has a zero in every second byte."""
    zeros = sample.count(0)
    return zeros > len(sample) // 50 and len(sample) > 4


def _is_utf8(data: bytes) -> bool:
    decoder = codecs.getincrementaldecoder("utf-8")("strict")
    try:
        decoder.decode(data, final=False)
    except UnicodeDecodeError:
        return False
    return True


def _sense(sample: bytes, encoding: str) -> float:
    """How much a decoding looks like a Chinese roster: about -1 to 2."""
    text = sample.decode(encoding, "replace")
    foreign = [character for character in text if character > "\x7f"]
    if not foreign:
        return 0.0
    joined = "".join(foreign)
    good = len(_COMMON.findall(joined)) - 3 * len(_BAD.findall(text)) - len(_ODD.findall(joined))
    words = 3 * len(ROSTER_WORDS.findall(joined))
    return (good + words) / len(foreign)
