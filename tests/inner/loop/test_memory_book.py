"""The book in memory keeps the promises of every book."""

import pytest
from tests.small_exam import seats
from tests.store.book_contract import OFFICE, BookContract

from kaowu.store.memory import MemoryBook


class TestMemoryBook(BookContract):
    @pytest.fixture
    def book(self):
        return MemoryBook(seats(), OFFICE)

    def leaves(self, book):
        return [(record.entry, proof) for record, proof in zip(book.records, book.proofs, strict=True)]
