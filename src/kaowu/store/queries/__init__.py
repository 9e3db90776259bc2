"""Reads: what screens, API and reports may ask. Answers are frozen values, never table rows."""
