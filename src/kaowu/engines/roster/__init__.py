"""Roster import (名单导入): a file as offices send it becomes checked candidates.

    bytes → sheets of cells → layout → rows → candidates and findings

`read_tables` tells from the bytes what kind of file it is and gives its cells
as a person sees them. `recognise` finds tables, headers and columns by general
rules. `check` reads every row, compares rows with each other, and says of each
row what was wrong with it, where, and what to do. Nothing here knows a
database, and no file makes it fail with anything but `RosterUnreadable`.

The habits of the programs and people that write such files are collected in
docs/explanation/roster-habits.md.
"""

from kaowu.engines.roster.candidate import COLUMNS, Candidate
from kaowu.engines.roster.check import RosterCheck, check
from kaowu.engines.roster.error_workbook import write_error_workbook
from kaowu.engines.roster.exam import RosterExam
from kaowu.engines.roster.issues import Issue, codes
from kaowu.engines.roster.mapping import ColumnMapping, Mapping, TableMapping
from kaowu.engines.roster.reading import read_tables
from kaowu.engines.roster.recognise import recognise
from kaowu.engines.roster.unreadable import ReadingCancelled, RosterUnreadable
from kaowu.engines.roster.workbook import Sheet, Workbook
from kaowu.engines.roster.writing import write_accepted, write_issues

__all__ = [
    "COLUMNS",
    "Candidate",
    "ColumnMapping",
    "Issue",
    "Mapping",
    "ReadingCancelled",
    "RosterCheck",
    "RosterExam",
    "RosterUnreadable",
    "Sheet",
    "TableMapping",
    "Workbook",
    "check",
    "codes",
    "read_tables",
    "recognise",
    "write_accepted",
    "write_error_workbook",
    "write_issues",
]
