"""Zip packages from strangers: parts come out in pieces, and never without end.

The sizes a zip declares are claims. What is counted is what comes out.
"""

from __future__ import annotations

import io
import re
import zipfile
import zlib
from collections.abc import Callable, Iterator
from xml.parsers import expat

from kaowu.engines.roster.unreadable import unreadable

MAX_FILE = 512 << 20
MAX_UNPACKED = 2 << 30
MAX_RATIO = 150
FREE_OF_RATIO = 64 << 20
"""Below this size no ratio is alarming: empty tables compress very well."""
MAX_PARTS = 20_000
PIECE = 1 << 20

Attributes = dict[str, str]


class Package:
    """A zip file that is read with limits."""

    def __init__(self, data: bytes) -> None:
        try:
            self._zip = zipfile.ZipFile(io.BytesIO(data))
        except (zipfile.BadZipFile, ValueError, NotImplementedError, OSError) as error:
            raise unreadable("file_corrupt") from error
        self._packed = len(data)
        self._unpacked = 0
        names = self._zip.namelist()
        if len(names) > MAX_PARTS:
            raise unreadable("zip_bomb")
        self._names = {name.replace("\\", "/").lstrip("/").lower(): name for name in names}

    def has(self, name: str) -> bool:
        """True if there is such a part; letter case is ignored as Excel does."""
        return name.lstrip("/").lower() in self._names

    def names(self) -> list[str]:
        """All parts, in lower case."""
        return list(self._names)

    def pieces(self, name: str) -> Iterator[bytes]:
        """The bytes of a part, piece by piece."""
        try:
            with self._zip.open(self._names[name.lstrip("/").lower()]) as part:
                while piece := part.read(PIECE):
                    self._count(len(piece))
                    yield piece
        except RuntimeError as error:
            raise unreadable("password") from error
        except (KeyError, zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, OSError) as error:
            raise unreadable("file_corrupt") from error

    def read(self, name: str) -> bytes:
        """The whole of a small part; empty if there is none."""
        return b"".join(self.pieces(name)) if self.has(name) else b""

    def _count(self, size: int) -> None:
        self._unpacked += size
        if self._unpacked > MAX_UNPACKED:
            raise unreadable("zip_bomb")
        if self._unpacked > FREE_OF_RATIO and self._unpacked > MAX_RATIO * self._packed:
            raise unreadable("zip_bomb")


class XmlReader:
    """A streaming XML parser that knows elements by local names and no DTD.

    Handlers are methods `start(name, attributes)`, `end(name)`, `text(data)`.
    """

    def __init__(
        self,
        start: Callable[[str, Attributes], None],
        end: Callable[[str], None] | None = None,
        text: Callable[[str], None] | None = None,
    ) -> None:
        self._parser = expat.ParserCreate()
        self._parser.buffer_text = True
        self._parser.StartDoctypeDeclHandler = _no_doctype
        self._parser.EntityDeclHandler = _no_doctype
        self._parser.StartElementHandler = lambda name, attributes: start(local(name), attributes)
        if end is not None:
            close = end
            self._parser.EndElementHandler = lambda name: close(local(name))
        if text is not None:
            self._parser.CharacterDataHandler = text

    def feed(self, pieces: Iterator[bytes]) -> None:
        """Parse all pieces."""
        try:
            for piece in pieces:
                self._parser.Parse(piece, False)
            self._parser.Parse(b"", True)
        except expat.ExpatError as error:
            raise unreadable("file_corrupt") from error


def _no_doctype(*_: object) -> None:
    raise unreadable("hostile_xml")


def local(name: str) -> str:
    """`x:row` is `row`."""
    return name.rpartition(":")[2]


def attribute(attributes: Attributes, name: str, default: str = "") -> str:
    """An attribute by its local name."""
    if name in attributes:
        return attributes[name]
    for key, value in attributes.items():
        if local(key) == name:
            return value
    return default


def elements(data: bytes) -> list[tuple[str, Attributes]]:
    """All elements of a small document in order, with their attributes."""
    found: list[tuple[str, Attributes]] = []
    if data:
        XmlReader(lambda name, attributes: found.append((name, attributes))).feed(iter([data]))
    return found


_ESCAPED = re.compile(r"_x([0-9A-Fa-f]{4})_")


def unescape_excel(text: str) -> str:
    """Excel writes control characters as `_x000D_`."""
    if "_x" not in text:
        return text
    plain = _ESCAPED.sub(lambda match: chr(int(match[1], 16)), text)
    return plain.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
