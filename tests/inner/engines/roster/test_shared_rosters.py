"""The shared rosters with their truth: nothing lost, nothing taken that must not be."""

import csv
import gzip
import io
import json
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from kaowu.engines.roster import COLUMNS, RosterCheck, RosterExam, check, codes, read_tables

FOLDER = Path(__file__).parents[3] / "data" / "rosters"
MESSY = (
    "p01_school_table.xlsx", "p02_city_by_county.xlsx", "p03_adult_old_excel.xls", "p04_school_export_gbk.dbf",
    "p05_school_export_gb18030.dbf", "p06_web_export_utf8.csv", "p07_semicolon_gb18030.csv", "p08_photos.xlsx",
)  # fmt: skip
COMPARED = ("scope", "sheet", "row", "column", "cell", "field", "code", "action", "raw", "message", "other")


def exam_of(stem: str) -> RosterExam:
    return RosterExam.from_json(json.loads((FOLDER / f"{stem}.exam.json").read_text("utf-8")))


def checked(name: str) -> RosterCheck:
    stem = name.rpartition(".")[0]
    photos = FOLDER / f"{stem}.photos.zip"
    return check(read_tables(FOLDER / name), exam_of(stem), photos=photos if photos.exists() else None)


def as_csv(found: RosterCheck) -> str:
    out = io.StringIO()
    csv.writer(out).writerows([COLUMNS, *found.accepted])
    return out.getvalue()


def comparable(issue: dict[str, Any]) -> str:
    return json.dumps([issue.get(key) for key in COMPARED], ensure_ascii=False)


@pytest.mark.parametrize("name", MESSY)
def test_a_messy_roster_gives_exactly_the_true_candidates_and_findings(name: str) -> None:
    found = checked(name)
    stem = name.rpartition(".")[0]
    truth = json.loads((FOLDER / f"{stem}.truth.json").read_text("utf-8"))
    assert as_csv(found) == (FOLDER / f"{stem}.truth.csv").read_bytes().decode("utf-8")
    mine = Counter(comparable(issue.as_dict()) for issue in found.issues)
    assert mine == Counter(map(comparable, truth["issues"]))
    assert (found.rows_read, found.rejected) == (truth["rows_with_a_person"], truth["rejected"])


def test_the_clean_city_loses_nobody() -> None:
    found = checked("zaozhuang_candidates.xlsx")
    with gzip.open(FOLDER / "zaozhuang_candidates.truth.csv.gz", "rt", encoding="utf-8", newline="") as file:
        assert as_csv(found) == file.read()
    assert found.by_code == {"name_rare_character": 120, "accommodation_request": 68}


def test_the_code_table_is_the_one_that_was_agreed() -> None:
    agreed = json.loads((FOLDER / "codes.json").read_text("utf-8"))
    mine = {
        code: {"action": entry.action, "zh": entry.sentence.zh, "en": entry.sentence.en}
        for code, entry in codes().items()
    }
    assert mine == agreed


def test_every_message_says_row_column_cause_and_remedy_in_two_languages() -> None:
    issue = next(i for i in checked("p08_photos.xlsx").issues if i.code == "id_check_digit").as_dict()
    assert issue["message"] == "第123行“身份证号”：身份证号校验码不符"
    assert issue["message_en"] == "row 123, 身份证号: GB 11643 check character does not fit"
    assert issue["remedy"] == "请对照证件原件改正"
    assert issue["remedy_en"] == "compare with the document and correct it"
