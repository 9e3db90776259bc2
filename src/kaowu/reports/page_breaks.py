"""Page breaks: rows whose heights are known go on to pages, in order.

Heights are decided in Python, so a document knows its number of pages before
anything is set. A row may ask to stay with the next one, as a heading must, and
may name the head of its table, which comes again where a page begins with it.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Row(Generic[T]):
    """What is to be set, how high it is, whether it must not end a page, and its table's head."""

    shown: T
    mm: float
    with_next: bool = False
    under: "Row[T] | None" = None


def broken(rows: Sequence[Row[T]], first_mm: float, later_mm: float | None = None) -> list[list[T]]:
    """The rows page by page; the first page may have less room than those after it."""
    pages: list[list[T]] = [[]]
    left = first_mm
    for group in _groups(rows):
        height = sum(row.mm for row in group)
        if height > left and pages[-1]:
            head = group[0].under
            pages.append([] if head is None else [head.shown])
            left = (first_mm if later_mm is None else later_mm) - (0 if head is None else head.mm)
        pages[-1] += [row.shown for row in group]
        left -= height
    return pages


def _groups(rows: Sequence[Row[T]]) -> list[list[Row[T]]]:
    """Rows that stay together."""
    groups: list[list[Row[T]]] = []
    open_group = False
    for row in rows:
        if not open_group:
            groups.append([])
        groups[-1].append(row)
        open_group = row.with_next
    return groups


def dealt(rows: Sequence[T], per_page: int) -> list[Sequence[T]]:
    """So many rows on each page; one empty page if there are none."""
    return [rows[at : at + per_page] for at in range(0, len(rows), per_page)] or [()]
