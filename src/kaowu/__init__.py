"""kaowu (考务): administers large paper exams, every seat, paper and decision accounted for."""

__version__ = "0.1.0"
