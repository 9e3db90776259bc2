"""Two languages for every string: message ids are English, the Chinese stands in small part files.

Each part `locale/zh_Hans/parts/<subject>.po` belongs to a group of pages and is written by hand. From all
parts together `django.po` and `django.mo` are made:

    kaowu manage words            make them again
    kaowu manage words --missing  print message ids that no part translates

The finder reads templates and Python sources itself, so GNU gettext is not needed.
"""

import ast
import re
import struct
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from django.utils.translation.template import templatize

_PACKAGE = Path(__file__).resolve().parent.parent
LOCALE = Path(__file__).resolve().parent / "locale"
PARTS = LOCALE / "zh_Hans" / "parts"
MADE = LOCALE / "zh_Hans" / "LC_MESSAGES"
_SOURCES = ("web", "store", "app")
_CALLS = {
    "_": 1,
    "_t": 1,
    "gettext": 1,
    "gettext_lazy": 1,
    "gettext_noop": 1,
    "ngettext": 2,
    "ngettext_lazy": 2,
}
_CONTEXT_CALLS = {"pgettext": 1, "pgettext_lazy": 1}
_HEADER = "Content-Type: text/plain; charset=UTF-8\nContent-Transfer-Encoding: 8bit\nLanguage: zh_Hans\nPlural-Forms: nplurals=1; plural=0;\n"


@dataclass(frozen=True, order=True, slots=True)
class Message:
    """One message id as gettext knows it."""

    text: str
    plural: str = ""
    context: str = ""

    @property
    def key(self) -> str:
        key = f"{self.context}\x04{self.text}" if self.context else self.text
        return f"{key}\0{self.plural}" if self.plural else key


class BadPart(ValueError):
    """A part file cannot be read, or two parts disagree."""


def used_messages() -> dict[Message, str]:
    """Every message of templates and sources, with one place where it is used."""
    found: dict[Message, str] = {}
    for floor in _SOURCES:
        for path in sorted((_PACKAGE / floor).rglob("*")):
            place = str(path.relative_to(_PACKAGE))
            if path.suffix == ".py":
                found |= dict.fromkeys(_in_python(path.read_text("utf-8")), place)
            elif path.suffix == ".html":
                found |= dict.fromkeys(_in_template(path.read_text("utf-8")), place)
    return found


def translations() -> dict[Message, str]:
    """What all parts say. The same message may stand in two parts only with the same translation."""
    merged: dict[Message, str] = {}
    for part in sorted(PARTS.glob("*.po")):
        for message, chinese in read_po(part.read_text("utf-8"), part.name):
            if merged.setdefault(message, chinese) != chinese:
                raise BadPart(f"{part.name}: {message.text!r} is translated otherwise in another part")
    return merged


def make() -> None:
    """Write django.po and django.mo from the parts."""
    merged = {message: chinese for message, chinese in sorted(translations().items()) if chinese}
    MADE.mkdir(parents=True, exist_ok=True)
    (MADE / "django.po").write_text(_po_text(merged), "utf-8")
    (MADE / "django.mo").write_bytes(mo_bytes(merged))


def mo_bytes(merged: dict[Message, str]) -> bytes:
    """The compiled catalogue (GNU .mo, little-endian, sorted, no hash table)."""
    pairs = sorted(
        (key.encode(), value.encode())
        for key, value in [("", _HEADER), *((m.key, t) for m, t in merged.items())]
    )
    start = 28 + 16 * len(pairs)
    texts, tables = bytearray(), ([], [])  # type: ignore[var-annotated]
    for side in (0, 1):
        for pair in pairs:
            tables[side].append(struct.pack("<II", len(pair[side]), start + len(texts)))
            texts += pair[side] + b"\0"
    head = struct.pack("<7I", 0x950412DE, 0, len(pairs), 28, 28 + 8 * len(pairs), 0, start)
    return head + b"".join(tables[0]) + b"".join(tables[1]) + bytes(texts)


def read_po(text: str, name: str = "") -> Iterator[tuple[Message, str]]:
    """Messages of a .po text: msgctxt, msgid, msgid_plural, msgstr or msgstr[0], strings over several lines."""
    entry: dict[str, str] = {}
    current = ""
    for number, line in enumerate([*text.splitlines(), ""], 1):
        line = line.strip()
        if line.startswith("#"):
            continue
        if not line:
            if entry.get("msgid"):
                yield (
                    Message(entry["msgid"], entry.get("msgid_plural", ""), entry.get("msgctxt", "")),
                    entry.get("msgstr", ""),
                )
            entry, current = {}, ""
            continue
        match = re.fullmatch(
            r'(?:(msgctxt|msgid_plural|msgid|msgstr)(?:\[0\])?\s+)?("(?:[^"\\]|\\.)*")', line
        )
        if match is None or not (match[1] or current):
            raise BadPart(f"{name} line {number}: {line!r}")
        current = match[1] or current
        entry[current] = entry.get(current, "") + ast.literal_eval(match[2])


def po_entry(message: Message, chinese: str) -> str:
    """One entry as it stands in a .po file."""
    lines = [f"msgctxt {_quoted(message.context)}"] if message.context else []
    lines.append(f"msgid {_quoted(message.text)}")
    if message.plural:
        lines += [f"msgid_plural {_quoted(message.plural)}", f"msgstr[0] {_quoted(chinese)}"]
    else:
        lines.append(f"msgstr {_quoted(chinese)}")
    return "\n".join(lines)


def _po_text(merged: dict[Message, str]) -> str:
    entries = ['msgid ""\nmsgstr ""\n' + "\n".join(_quoted(line + "\n") for line in _HEADER.splitlines())]
    entries += [po_entry(message, chinese) for message, chinese in merged.items()]
    return "# Made from parts/*.po by `kaowu manage words`; edit the parts.\n" + "\n\n".join(entries) + "\n"


def _quoted(text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
    return f'"{escaped}"'


def _in_python(source: str) -> Iterable[Message]:
    for node in ast.walk(ast.parse(source)):
        if not isinstance(node, ast.Call):
            continue
        name = (
            node.func.id
            if isinstance(node.func, ast.Name)
            else node.func.attr
            if isinstance(node.func, ast.Attribute)
            else ""
        )
        texts = [
            argument.value
            for argument in node.args
            if isinstance(argument, ast.Constant) and isinstance(argument.value, str)
        ]
        if name in _CALLS and len(texts) >= _CALLS[name]:
            yield Message(texts[0], texts[1] if _CALLS[name] == 2 else "")
        elif name in _CONTEXT_CALLS and len(texts) >= 2:
            yield Message(texts[1], context=texts[0])


def _in_template(source: str) -> Iterable[Message]:
    """Django turns a template into something that looks like gettext calls; those are read as Python."""
    for match in re.finditer(
        r"""\b(n?p?gettext|_)\(((?:[^()'"]|u?'(?:[^'\\]|\\.)*'|u?"(?:[^"\\]|\\.)*")*)\)""",
        templatize(source),
        re.S,
    ):
        yield from _in_python(match[0])
