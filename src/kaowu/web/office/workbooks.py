"""Workbooks that leave the house: a watermark of who, when and why, numbers as text, ready to print."""

import io
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

import xlsxwriter
from django.http import HttpResponse
from django.utils.http import content_disposition_header

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


@dataclass(frozen=True, slots=True)
class Watermark:
    """Who took it, when, why, and the number under which that is on record."""

    person: str
    account: str
    at: datetime
    reason: str
    number: str

    @property
    def line(self) -> str:
        """One line for the head of the sheet and the foot of every page."""
        return (
            f"导出人 {self.person}（{self.account}）　{self.at:%Y-%m-%d %H:%M:%S}　编号 {self.number}　"
            f"理由 {self.reason}"
        )


def workbook(
    title: str, header: Sequence[str], rows: Iterable[Sequence[str]], mark: Watermark, widths: Sequence[int]
) -> bytes:
    """One sheet: title, watermark, header, rows of text."""
    out = io.BytesIO()
    # Values are data whatever they look like: a name that begins with = is no formula.
    options = {
        "in_memory": True,
        "strings_to_formulas": False,
        "strings_to_urls": False,
        "strings_to_numbers": False,
    }
    book = xlsxwriter.Workbook(out, options)
    sheet = book.add_worksheet(title[:31])
    head = book.add_format({"bold": True, "bg_color": "#E8EAEC", "bottom": 1, "text_wrap": True})
    text = book.add_format({"num_format": "@"})
    sheet.write_string(0, 0, title, book.add_format({"bold": True, "font_size": 14}))
    sheet.write_string(1, 0, mark.line, book.add_format({"font_color": "#A3151A", "font_size": 9}))
    for column, (name, width) in enumerate(zip(header, widths, strict=True)):
        sheet.write_string(2, column, name, head)
        sheet.set_column(column, column, width, text)
    for number, row in enumerate(rows, start=3):
        for column, value in enumerate(row):
            sheet.write_string(number, column, value, text)
    sheet.freeze_panes(3, 0)
    sheet.repeat_rows(0, 2)
    sheet.set_paper(8)  # A3
    sheet.set_landscape()
    sheet.fit_to_pages(1, 0)
    foot = mark.line.replace("&", "&&")[:200]
    sheet.set_footer(f"&L&8{foot}&R&8第 &P 页 共 &N 页")
    book.close()
    return out.getvalue()


def attachment(content: bytes, name: str, kind: str = XLSX) -> HttpResponse:
    """A file to be saved under this name; never kept by a cache."""
    response = HttpResponse(content, content_type=kind)
    response.headers["Content-Disposition"] = content_disposition_header(True, name) or ""
    response.headers["Cache-Control"] = "no-store"
    return response
