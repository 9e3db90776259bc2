"""Writes what the check found: NAME.csv and NAME.errors.json."""

from __future__ import annotations

import csv
import json
from pathlib import Path

from kaowu.engines.roster.candidate import COLUMNS
from kaowu.engines.roster.check import RosterCheck


def write_accepted(check: RosterCheck, path: Path) -> None:
    """The accepted candidates as CSV: UTF-8 without mark, one line each."""
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(COLUMNS)
        writer.writerows(check.accepted)


def write_issues(check: RosterCheck, path: Path) -> None:
    """All findings as a JSON list, one to a line."""
    lines = [json.dumps(issue.as_dict(), ensure_ascii=False) for issue in check.issues]
    text = "[\n" + ",\n".join(lines) + "\n]\n" if lines else "[]\n"
    path.write_text(text, encoding="utf-8")
