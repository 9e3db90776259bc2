"""Which documents there are: whatever file of the package declares one.

Nothing is listed by hand. A module that holds a `document` is found by walking
this package, those of the extensions, and any further ones named in the argument.
"""

import importlib
import pkgutil
from collections.abc import Iterable
from typing import Any

from kaowu.basics.extensions import packages_of
from kaowu.reports.document import Document


class DuplicateDocument(ValueError):
    """Two files declare a document of the same name."""


def documents(extra_packages: Iterable[str] = ()) -> list[Document[Any]]:
    """All documents, those of the print pack first in its order, then by name."""
    found: dict[str, Document[Any]] = {}
    for package in (*packages_of("reports"), *extra_packages):
        for declared in _declared_in(package):
            if declared.id in found:
                raise DuplicateDocument(declared.id)
            found[declared.id] = declared
    return sorted(found.values(), key=_place)


def document(name: str, extra_packages: Iterable[str] = ()) -> Document[Any]:
    """The document of this name; KeyError if there is none."""
    return {each.id: each for each in documents(extra_packages)}[name]


def _declared_in(package: str) -> Iterable[Document[Any]]:
    home = importlib.import_module(package)
    for module in sorted(found.name for found in pkgutil.iter_modules(home.__path__)):
        declared = getattr(importlib.import_module(f"{package}.{module}"), "document", None)
        if isinstance(declared, Document):
            yield declared


def _place(each: Document[Any]) -> tuple[bool, int, str]:
    return each.pack_order is None, each.pack_order or 0, each.id
