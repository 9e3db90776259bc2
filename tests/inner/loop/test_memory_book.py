"""The book in memory keeps the promises of every book."""

import pytest
from tests.small_exam import seats
from tests.store.book_contract import BookContract

from kaowu.store.memory import MemoryBook


class TestMemoryBook(BookContract):
    @pytest.fixture
    def book(self):
        return MemoryBook(seats())
