"""What past exams say about the coming one: plain counts with their uncertainty, never more than they hold."""

from kaowu.engines.forecast.site_use import Needs, PastUse, Rate, Suggestion, rate, suggest

__all__ = ["Needs", "PastUse", "Rate", "Suggestion", "rate", "suggest"]
