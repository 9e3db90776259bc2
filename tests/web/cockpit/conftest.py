"""The exam day that these tests play on."""

from tests.web.exam_day import exam_day

__all__ = ["exam_day"]
