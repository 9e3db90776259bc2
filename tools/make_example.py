"""Make the example exam: a county of 2,000 candidates with three sites, from the synthetic city.

    python tools/make_example.py tests/data/rosters src/kaowu/example

Takes the county 台儿庄区 of the synthetic city: 2,000 of its candidates by a
seeded choice, all its schools, its staff and three sites. The city has one
large site there; a county of this size has several, so its rooms are dealt out
to three schools and numbered afresh. Same seed, same files' contents.

Nearly every room holds candidates of every school of the county, so its own
teachers may not invigilate them: the city sends staff of the neighbouring
county 峄城区, as cities do. Of these the 考务员 serve as patrols and as resident
inspectors.
"""

import json
import random
import sys
from pathlib import Path

import fastexcel
import openpyxl

COUNTY, COUNTY_NAME = "370405", "台儿庄区"
NEIGHBOUR, NEIGHBOUR_NAME = "370404", "峄城区"
PATROLS = 9
CANDIDATES = 2_000
SEED = 20270607
SITES = {"040501": ("0405001", 34), "040502": ("0405003", 25), "040503": ("0405002", 20)}
SPARE_ROOMS, ISOLATION_ROOMS = 2, 1


def main(source: Path, target: Path) -> None:
    chance = random.Random(SEED)
    target.mkdir(parents=True, exist_ok=True)
    exam = json.loads((source / "zaozhuang_candidates.exam.json").read_text("utf-8"))
    exam["exam"] = "2027年夏季普通高考（台儿庄区，示例）"
    (target / "exam.json").write_text(json.dumps(exam, ensure_ascii=False, indent=1), "utf-8")

    rows = rows_of(source / "zaozhuang_candidates.xlsx", 0)
    own = [row for row in rows if row["报名县区代码"] == COUNTY]
    chosen = set(chance.sample(range(len(own)), CANDIDATES))
    write(target / "candidates.xlsx", {"考生名单": [row for n, row in enumerate(own) if n in chosen]})

    write(target / "staff.xlsx", {"人员": staff(source / "zaozhuang_staff.xlsx")})
    write(target / "venues.xlsx", venues(source / "zaozhuang_venues.xlsx"))


def staff(book: Path) -> list[dict[str, object]]:
    """The county's own staff, then the neighbour's with their officers as patrols and inspectors."""
    rows = rows_of(book, 0)
    visiting = [row for row in rows if row["县区"] == NEIGHBOUR_NAME]
    officers = [row["工号"] for row in visiting if row["拟任岗位"] == "考务员"]
    posts = dict.fromkeys(officers[:PATROLS], "巡考员") | dict.fromkeys(officers[PATROLS:], "派驻检查员")
    own = [row for row in rows if row["县区"] == COUNTY_NAME]
    return own + [row | {"拟任岗位": posts.get(row["工号"], row["拟任岗位"])} for row in visiting]


def venues(book: Path) -> dict[str, list[dict[str, object]]]:
    """The sheets of the venue workbook, for the three sites."""
    sites, rooms = rows_of(book, "考点"), rows_of(book, "考场")
    model = next(row for row in sites if row["县区代码"] == COUNTY)
    every_school = rows_of(book, "学校")
    schools = [row for row in every_school if row["县区代码"] == COUNTY]
    schools += [row | {"是否考点": "否"} for row in every_school if row["县区代码"] == NEIGHBOUR]
    pools = {
        kind: iter([r for r in rooms if r["考点代码"] == model["考点代码"] and r["场所类型"] == kind] * 3)
        for kind in ("标准考场", "备用考场", "隔离考场")
    }
    site_rows, room_rows, entrances = [], [], []
    for code, (school_code, standard) in SITES.items():
        school = next(row for row in schools if row["学校代码"] == school_code)
        dealt = [("标准考场", standard), ("备用考场", SPARE_ROOMS), ("隔离考场", ISOLATION_ROOMS)]
        numbered = [next(pools[kind]) for kind, number in dealt for _ in range(number)]
        room_rows += [
            row | {"考点代码": code, "考场序号": f"{number:03d}"} for number, row in enumerate(numbered, 1)
        ]
        site_rows.append(
            model
            | {
                "考点代码": code,
                "第二考点代码": None,
                "考点名称": f"{school['学校名称']}考点",
                "所在学校代码": school_code,
                "所在学校": school["学校名称"],
                "经度": school["经度"],
                "纬度": school["纬度"],
                "标准考场数": standard,
                "备用考场数": SPARE_ROOMS,
                "隔离考场数": ISOLATION_ROOMS,
                "标准考场座位数": sum(int(row["容量"]) for row in numbered[:standard]),
                "入口数": 1,
            }
        )
        entrance = next(row for row in rows_of(book, "入口") if row["考点代码"] == model["考点代码"])
        entrances.append(entrance | {"考点代码": code})
        schools = [row | {"是否考点": "是"} if row["学校代码"] == school_code else row for row in schools]
    return {
        "考点": site_rows,
        "考场": room_rows,
        "入口": entrances,
        "学校": schools,
        "科目时间": rows_of(book, "科目时间"),
    }


def rows_of(book: Path, sheet: str | int) -> list[dict[str, object]]:
    """The rows of a sheet by their headers, as they stand."""
    return fastexcel.read_excel(book).load_sheet(sheet).to_polars().to_dicts()


def write(path: Path, sheets: dict[str, list[dict[str, object]]]) -> None:
    """A workbook with one header row per sheet; whole numbers without a fraction, numbers of people as text."""
    book = openpyxl.Workbook()
    book.remove(book.active)
    for title, rows in sheets.items():
        sheet = book.create_sheet(title)
        sheet.append(list(rows[0]))
        for row in rows:
            sheet.append([int(v) if isinstance(v, float) and v.is_integer() else v for v in row.values()])
    book.save(path)


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
