"""Lays people out on sheets the way offices do, and writes the sheets as files of many kinds."""

from __future__ import annotations

import datetime
import html
import io
import random
import struct
import zipfile
from dataclasses import dataclass, field
from typing import Any

from tests.inner.engines.roster import messy as m

HEADERS: dict[str, tuple[str, ...]] = {
    "serial": ("序号", "NO", "编号", "顺序号", "№"),
    "registration": (
        "考生号",
        "报名号",
        "考生报名号",
        "报名登记号",
        "KSH",
        "kaoshenghao",
        "Registration No.",
    ),
    "kind": ("证件类型", "身份证件类型", "证件类别", "ZJLX", "zjlb", "ID Type", "证件种类（下拉选择）"),
    "number": (
        "身份证号",
        "证件号码",
        "公民身份号码",
        "身份证件号",
        "SFZJH",
        "zjhm",
        "ID Number",
        "身份证号码（18位）*",
        "证件\n号码",
        "有效证件号码",
        "身份证",
        "考生身份证号",
        "shenfenzhenghao",
    ),
    "name": (
        "姓名",
        "考生姓名",
        "学生姓名",
        "XM",
        "ksxm",
        "姓    名",
        "Name",
        "姓名（必填）",
        "xingming",
        "★姓名",
    ),
    "sex": ("性别", "考生性别", "XB", "Sex", "性 别", "性别（男/女）", "性别码"),
    "born": (
        "出生日期",
        "出生年月日",
        "CSRQ",
        "Date of Birth",
        "出生\n日期",
        "生日",
        "出生日期（如20100101）",
    ),
    "school": (
        "毕业学校",
        "学校",
        "所在学校",
        "BYXX",
        "School",
        "就读学校名称",
        "毕业中学",
        "毕业学校代码",
        "学校（全称）",
    ),
    "county": ("报名县区", "县区", "BMXQ", "County", "报名县（市、区）", "所属县区", "报名地"),
    "subjects": (
        "选考科目",
        "选科组合",
        "报考科目",
        "XKKM",
        "Subjects",
        "选科",
        "选考科目组合",
        "选择性考试科目",
    ),
    "language": ("外语语种", "语种", "WYYZ", "Foreign Language", "应试外语语种", "外语语种代码"),
    "phone": ("联系电话", "手机号码", "LXDH", "Mobile", "本人手机号", "考生联系电话", "联系方式"),
    "request": ("合理便利申请", "特殊需求", "是否申请合理便利", "HLBL", "特殊情况说明"),
    "remark": ("备注", "BZ", "Remark", "备    注", "其他说明"),
    "class": ("班级", "BJ", "所在班级"),
    "ethnic": ("民族", "MZ"),
    "parent": ("家长姓名", "监护人", "父亲姓名", "JHRXM", "紧急联系人"),
    "parent_phone": ("家长电话", "监护人联系电话", "母亲电话", "JHRDH", "联系人电话"),
    "parent_number": ("监护人身份证号", "家长证件号码", "父亲身份证号码"),
    "address": ("家庭住址", "通讯地址"),
}
ALWAYS = ("registration", "number", "name", "school", "subjects")


@dataclass
class Grid:
    """One sheet: rows of values, merges, and which rows hold whom."""

    name: str
    rows: list[list[Any]] = field(default_factory=list)
    merges: list[tuple[int, int, int, int]] = field(default_factory=list)
    people: dict[int, m.Written] = field(default_factory=dict)
    columns: list[str] = field(default_factory=list)
    hidden: bool = False
    struck: set[int] = field(default_factory=set)
    county: str = ""
    texts: bool = True


def lay_out(seed: int, rows: list[m.Written], name: str = "名单", plain: bool = False) -> Grid:
    """Put people on one sheet. `plain` gives one header row and no merges (text files)."""
    chance = random.Random(seed)
    optional = [f for f in HEADERS if f not in ALWAYS and chance.random() < 0.7]
    needed = (
        ["kind"]
        if any(
            row.person.kind != "resident_id" or ("kind" in row.cells and row.cells["kind"] == "户口簿")
            for row in rows
        )
        else []
    )
    needed += ["sex", "born", "language", "county", "phone"]
    if any(row.flags for row in rows):
        needed.append("request")
    columns = list(dict.fromkeys([*ALWAYS, *needed, *optional]))
    chance.shuffle(columns)
    if "serial" in columns:
        columns.remove("serial")
        columns.insert(0, "serial")
    grid = Grid(name, columns=columns)
    width = len(columns)
    if chance.random() < 0.6:
        grid.rows.append([chance.choice(["2028年普通高考报名信息表", "考生信息采集表（样表勿改）"])])
        if not plain:
            grid.merges.append((1, 1, 1, width))
    if chance.random() < 0.4:
        grid.rows.append(["填报单位：（盖章）", None, "填表人：", None, "联系电话：0791-0000000"])
    if chance.random() < 0.3:
        grid.rows.append(
            ["说明：1.身份证号必须为文本格式；2.姓名与身份证一致；3.请勿增删列，日期格式为20100101。"]
        )
    if chance.random() < 0.3:
        grid.rows.append([])
    header = [chance.choice(HEADERS[f]) for f in columns]
    if chance.random() < 0.3:
        header = [f"{chance.choice(['*', '★', ''])}{text}" for text in header]
    _put_header(grid, header, chance, plain)
    if chance.random() < 0.25:
        example = {
            "serial": "例",
            "name": "张三",
            "number": "360102201001010014",
            "school": m.SCHOOLS[0][1],
            "subjects": "物化生",
        }
        grid.rows.append([example.get(f) for f in columns] if "serial" in columns else [])
    if chance.random() < 0.2:
        grid.rows.append([str(at + 1) for at in range(width)])
    _put_people(grid, rows, header, chance)
    _put_end(grid, len(rows), chance, plain)
    return grid


def _put_header(grid: Grid, header: list[str], chance: random.Random, plain: bool) -> None:
    if plain or chance.random() < 0.5:
        grid.rows.append(header)
        return
    top, number = [], len(grid.rows) + 1
    group_of = {"name": "考生信息", "sex": "考生信息", "born": "考生信息", "number": "考生信息", "kind": "考生信息",
                "parent": "家长信息", "parent_phone": "家长信息", "parent_number": "家长信息"}  # fmt: skip
    bottom: list[str | None] = []
    for at, (column, text) in enumerate(zip(grid.columns, header, strict=True)):
        group = group_of.get(column)
        if group:
            top.append(group if at == 0 or group_of.get(grid.columns[at - 1]) != group else None)
            plain_text = {"parent": "姓名", "parent_phone": "电话", "parent_number": "身份证号"}.get(column)
            bottom.append(plain_text or text)
        else:
            top.append(text)
            bottom.append(None)
            grid.merges.append((number, at + 1, number + 1, at + 1))
    start = 0
    for at in range(1, len(top) + 1):
        previous = group_of.get(grid.columns[at - 1])
        if at == len(top) or group_of.get(grid.columns[at]) != previous:
            if previous and at - start > 1:
                grid.merges.append((number, start + 1, number, at))
            start = at
    grid.rows += [top, bottom]


def _put_people(grid: Grid, rows: list[m.Written], header: list[str], chance: random.Random) -> None:
    pages = chance.random() < 0.3
    for at, row in enumerate(rows, start=1):
        if pages and at % 25 == 1 and at > 1:
            grid.rows.append(["续表"])
            grid.rows.append(list(header))
        if chance.random() < 0.02:
            grid.rows.append([])
        if chance.random() < 0.01 and "serial" in grid.columns:
            grid.rows.append([at])
        cells = {**row.cells, "serial": at}
        grid.rows.append([cells.get(f) for f in grid.columns])
        grid.people[len(grid.rows)] = row


def _put_end(grid: Grid, count: int, chance: random.Random, plain: bool) -> None:
    kind = chance.randrange(5)
    if kind == 1:
        grid.rows.append(["合计", None, f"共{count}人"])
    elif kind == 2:
        grid.rows.append([f"合计：{count} 人"])
    elif kind == 3:
        grid.rows.append(["总计", count])
    if chance.random() < 0.4:
        grid.rows.append(["审核人（签字）：", None, None, "负责人（签字）：", None, "2028年  月  日"])
    if chance.random() < 0.3:
        grid.rows.append(["注：本表一式两份，学校、县区招办各存一份。"])


def truth_of(grids: list[Grid], *, with_sheet: bool = True, offset: int = 0) -> m.Truth:
    """Accepted values and rejects by sheet and row; an unseen first copy of a duplicate stays."""
    accepted, rejects = {}, set()
    for grid in grids:
        name = grid.name if with_sheet else ""
        for row, written in grid.people.items():
            number = row + offset
            if written.codes:
                rejects |= {(name, number, code) for code in written.codes}
            else:
                county = written.person.school[2] if "county" in grid.columns else grid.county
                accepted[(name, number)] = m.truth_values(written.person, county)
    return m.Truth(accepted, rejects)


def as_xlsx(grids: list[Grid], *, style: str = "openpyxl") -> bytes:
    """An Excel workbook, by one of two writers."""
    out = io.BytesIO()
    if style == "xlsxwriter":
        import xlsxwriter

        book = xlsxwriter.Workbook(
            out, {"in_memory": True, "strings_to_formulas": False, "strings_to_numbers": False}
        )
        for grid in grids:
            sheet = book.add_worksheet(grid.name)
            for at, row in enumerate(grid.rows):
                for column, value in enumerate(row):
                    if isinstance(value, int):
                        sheet.write_number(at, column, value)
                    elif value is not None:
                        sheet.write_string(at, column, str(value))
            for top, left, bottom, right in grid.merges:
                value = grid.rows[top - 1][left - 1] if left <= len(grid.rows[top - 1]) else ""
                sheet.merge_range(top - 1, left - 1, bottom - 1, right - 1, value or "")
        book.close()
        return out.getvalue()
    import openpyxl
    from openpyxl.styles import Font

    book = openpyxl.Workbook()
    book.remove(book.active)
    for grid in grids:
        sheet = book.create_sheet(grid.name)
        if grid.hidden:
            sheet.sheet_state = "veryHidden"
        for at, row in enumerate(grid.rows, start=1):
            for column, value in enumerate(row, start=1):
                if value is not None and value != "":
                    cell = sheet.cell(at, column)
                    if isinstance(value, str):
                        cell.value = value
                        cell.data_type = "e" if value.startswith("#N") else "s"
                    else:
                        cell.value = value
                    if at in grid.struck:
                        cell.font = Font(strike=True)
        for top, left, bottom, right in grid.merges:
            sheet.merge_cells(start_row=top, start_column=left, end_row=bottom, end_column=right)
    book.save(out)
    return out.getvalue()


def as_xls(grids: list[Grid]) -> bytes:
    """The old Excel format."""
    import xlwt

    book = xlwt.Workbook(encoding="utf-8")
    for grid in grids:
        sheet = book.add_sheet(grid.name)
        for at, row in enumerate(grid.rows):
            for column, value in enumerate(row):
                if value is not None and value != "":
                    sheet.write(at, column, value)
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def as_text(grid: Grid, separator: str, encoding: str, quote: bool = False, line_end: str = "\r\n") -> bytes:
    """Separated text; fields with a separator or a quote are quoted."""
    lines = []
    for row in grid.rows:
        cells = ["" if v is None else str(v) for v in row] + [""] * (len(grid.columns) - len(row))
        lines.append(
            separator.join(
                '"' + c.replace('"', '""') + '"' if quote or separator in c or '"' in c or "\n" in c else c
                for c in cells
            )
        )
    return (line_end.join(lines) + line_end).encode(encoding, "replace")


def physical_lines(grid: Grid) -> dict[int, int]:
    """Grid row to the physical line on which its record begins (fields may hold line ends)."""
    lines, at = {}, 1
    for row, cells in enumerate(grid.rows, start=1):
        lines[row] = at
        at += 1 + sum(str(c).count("\n") for c in cells if c is not None)
    return lines


def as_html(grid: Grid, encoding: str = "utf-8") -> bytes:
    """What web systems hand out as .xls."""
    spans = {(t, le): (b - t + 1, r - le + 1) for t, le, b, r in grid.merges}
    covered = {
        (r, c) for t, le, b, ri in grid.merges for r in range(t, b + 1) for c in range(le, ri + 1)
    } - set(spans)
    body = []
    for at, row in enumerate(grid.rows, start=1):
        cells = []
        for column in range(1, len(grid.columns) + 1):
            if (at, column) in covered:
                continue
            down, across = spans.get((at, column), (1, 1))
            value = row[column - 1] if column <= len(row) else None
            cells.append(
                f"<td rowspan={down} colspan={across} style=\"mso-number-format:'\\@'\">"
                f"{'' if value is None else html.escape(str(value)).replace(chr(10), '<br>')}</td>"
            )
        body.append(f"<tr>{''.join(cells)}</tr>")
    page = f'<html><head><meta http-equiv="Content-Type" content="text/html; charset={encoding}"></head><body><table border=1>{"".join(body)}</table></body></html>'
    return page.encode(encoding, "replace")


def as_xml2003(grids: list[Grid]) -> bytes:
    """SpreadsheetML of Excel 2003."""
    sheets = []
    for grid in grids:
        merges = {(t, le): (b - t, r - le) for t, le, b, r in grid.merges}
        rows = []
        for at, row in enumerate(grid.rows, start=1):
            cells = []
            for column, value in enumerate(row, start=1):
                if value is None or value == "":
                    continue
                down, across = merges.get((at, column), (0, 0))
                kind = "Number" if isinstance(value, int) else "String"
                cells.append(
                    f'<Cell ss:Index="{column}" ss:MergeDown="{down}" ss:MergeAcross="{across}"><Data ss:Type="{kind}">{html.escape(str(value))}</Data></Cell>'
                )
            if cells:
                rows.append(f'<Row ss:Index="{at}">{"".join(cells)}</Row>')
        sheets.append(
            f'<Worksheet ss:Name="{html.escape(grid.name)}"><Table>{"".join(rows)}</Table></Worksheet>'
        )
    return (
        '<?xml version="1.0"?><?mso-application progid="Excel.Sheet"?>'
        '<Workbook xmlns="urn:schemas-microsoft-com:office:spreadsheet" xmlns:ss="urn:schemas-microsoft-com:office:spreadsheet">'
        + "".join(sheets)
        + "</Workbook>"
    ).encode()


def as_ods(grids: list[Grid]) -> bytes:
    """OpenDocument as LibreOffice writes it, reduced to what matters."""
    tables = []
    for grid in grids:
        merges = {(t, le): (b - t + 1, r - le + 1) for t, le, b, r in grid.merges}
        rows = []
        for at, row in enumerate(grid.rows, start=1):
            cells = []
            for column in range(1, len(grid.columns) + 1):
                value = row[column - 1] if column <= len(row) else None
                down, across = merges.get((at, column), (1, 1))
                span = (
                    f' table:number-rows-spanned="{down}" table:number-columns-spanned="{across}"'
                    if down * across > 1
                    else ""
                )
                if value is None or value == "":
                    cells.append(f"<table:table-cell{span}/>")
                elif isinstance(value, int):
                    cells.append(
                        f'<table:table-cell{span} office:value-type="float" office:value="{value}"><text:p>{value}</text:p></table:table-cell>'
                    )
                else:
                    text = "".join(f"<text:p>{html.escape(part)}</text:p>" for part in str(value).split("\n"))
                    cells.append(
                        f'<table:table-cell{span} office:value-type="string">{text}</table:table-cell>'
                    )
            rows.append(f"<table:table-row>{''.join(cells)}</table:table-row>")
        tables.append(f'<table:table table:name="{html.escape(grid.name)}">{"".join(rows)}</table:table>')
    names = " ".join(
        f'xmlns:{n}="urn:oasis:names:tc:opendocument:xmlns:{n}:1.0"'
        for n in ("office", "table", "text", "style")
    )
    content = f'<?xml version="1.0"?><office:document-content {names}><office:body><office:spreadsheet>{"".join(tables)}</office:spreadsheet></office:body></office:document-content>'
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as package:
        package.writestr("mimetype", "application/vnd.oasis.opendocument.spreadsheet")
        package.writestr("content.xml", content)
    return out.getvalue()


def as_dbf(
    grid: Grid,
    encoding: str,
    mark: int = 0,
    version: int = 0x03,
    deleted: frozenset[int] = frozenset(),
    names: dict[str, str] | None = None,
) -> tuple[bytes, dict[int, int]]:
    """A record file; grid rows with people become records. Gives the bytes and record number by grid row."""
    header_texts = names or {f: HEADERS[f][0] for f in grid.columns}
    records, numbers = [], {}
    widths = {}
    for column, f in enumerate(grid.columns):
        values = [str(grid.rows[r - 1][column] or "").encode(encoding, "replace") for r in grid.people]
        widths[f] = min(max([len(v) for v in values] + [1]) + 2, 250)
    fields = b""
    for f in grid.columns:
        name = header_texts[f].encode(encoding, "replace")[:10]
        fields += struct.pack("<11sc4xBB14x", name, b"C", widths[f], 0)
    for number, row in enumerate(grid.people, start=1):
        numbers[row] = number
        record = b"*" if number in deleted else b" "
        for column, f in enumerate(grid.columns):
            record += (
                str(grid.rows[row - 1][column] or "")
                .encode(encoding, "replace")[: widths[f]]
                .ljust(widths[f])
            )
        records.append(record)
    length = 32 + len(fields) + 1
    today = datetime.date(2028, 1, 1)
    head = struct.pack(
        "<BBBBIHH17xB2x",
        version,
        today.year - 1900,
        today.month,
        today.day,
        len(records),
        length,
        len(records[0]),
        mark,
    )
    return head + fields + b"\r" + b"".join(records) + b"\x1a", numbers
