"""The command writes both files and a workbook with reasons, without a database."""

import json
import shutil
from pathlib import Path

import openpyxl
import pytest
from click.testing import CliRunner, Result

from kaowu.cli.roster import command

FOLDER = Path(__file__).parents[3] / "data" / "rosters"


def run(file: Path, out: Path, *more: str, exam: str = "p08_photos") -> Result:
    given = ["check", str(file), "--exam", str(FOLDER / f"{exam}.exam.json"), "--out", str(out), *more]
    return CliRunner().invoke(command, given)


def test_rejected_rows_are_no_failure_and_photos_beside_are_taken(tmp_path: Path) -> None:
    result = run(FOLDER / "p08_photos.xlsx", tmp_path / "out", "--json")
    assert result.exit_code == 0
    summary = json.loads(result.stdout)
    assert (summary["rows"], summary["accepted"], summary["rejected"]) == (202, 175, 27)
    assert (tmp_path / "out/p08_photos.csv").read_bytes() == (FOLDER / "p08_photos.truth.csv").read_bytes()
    issues = json.loads((tmp_path / "out/p08_photos.errors.json").read_text("utf-8"))
    assert sum(issue["code"] == "photo_missing" for issue in issues) == 9


def test_a_name_with_points_loses_only_its_last_suffix(tmp_path: Path) -> None:
    file = tmp_path / "枣庄.2027.名单.csv"
    shutil.copy(FOLDER / "p07_semicolon_gb18030.csv", file)
    result = run(file, tmp_path, exam="p07_semicolon_gb18030")
    assert result.exit_code == 0
    assert "514" in result.stdout
    assert (tmp_path / "枣庄.2027.名单.errors.json").is_file()


def test_a_file_that_cannot_be_read_fails_with_a_sentence_in_two_languages(tmp_path: Path) -> None:
    file = tmp_path / "坏.xlsx"
    file.write_bytes(b"PK\x03\x04 broken")
    result = run(file, tmp_path / "out")
    assert result.exit_code != 0
    assert "文件已损坏" in result.stderr
    assert "damaged" in result.stderr
    assert not (tmp_path / "out").exists()
    as_json = run(file, tmp_path / "out", "--json")
    assert as_json.exit_code != 0
    assert json.loads(as_json.stdout)["error"]["code"] == "file_corrupt"


def test_a_file_that_is_not_there_is_not_called_damaged(tmp_path: Path) -> None:
    for file in (tmp_path / "无此名单.xlsx", tmp_path):
        result = run(file, tmp_path / "out")
        assert result.exit_code != 0
        assert "没有这个文件" in result.stderr and "there is no such file" in result.stderr


@pytest.mark.parametrize(
    "name", ["p01_school_table.xlsx", "p03_adult_old_excel.xls", "p04_school_export_gbk.dbf"]
)
def test_the_file_comes_back_with_a_red_column_of_reasons(tmp_path: Path, name: str) -> None:
    stem = Path(name).stem
    assert run(FOLDER / name, tmp_path, "--error-workbook", exam=stem).exit_code == 0
    book = openpyxl.load_workbook(tmp_path / f"{stem}.errors.xlsx")
    truth = json.loads((FOLDER / f"{stem}.truth.json").read_text("utf-8"))
    sheet = book.worksheets[-1]
    headings = [cell for cells in sheet.iter_rows() for cell in cells if cell.value == "错误原因"]
    assert len(headings) == 1
    shift = 1 if name.endswith("dbf") else 0
    explained = {
        row - shift for row in range(1, sheet.max_row + 1)
        if sheet.cell(row, headings[0].column).value not in (None, "错误原因")
    }  # fmt: skip
    assert explained == {issue["row"] for issue in truth["issues"] if issue["row"]}
    assert headings[0].font.color.rgb == "FFC00000"
    if name.endswith("xlsx"):
        assert book["报名信息"]["A1"].value == "2027年夏季普通高考考生报名信息汇总表"
        assert "A1:O1" in {str(merge) for merge in book["报名信息"].merged_cells.ranges}
