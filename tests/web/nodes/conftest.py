"""The exam day, for tests of what comes from other nodes."""

from tests.web.exam_day import exam_day

__all__ = ["exam_day"]
