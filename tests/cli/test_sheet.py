"""Sheets by command: listed, printed with their positions, read, described."""

import json
from pathlib import Path

import pypdfium2
import pytest
from click.testing import CliRunner
from PIL import Image

from kaowu.cli.sheet import command


def run(*arguments: object) -> tuple[int, object]:
    result = CliRunner().invoke(command, [*map(str, arguments), "--json"])
    return result.exit_code, json.loads(result.stdout) if result.stdout else None


def test_the_first_sheet_listed_is_one_page_of_a4_with_a_hundred_questions():
    code, listed = run("layouts")
    assert code == 0
    assert (listed[0]["pages"], listed[0]["paper"], listed[0]["questions"]) == (1, "A4", 100)
    assert {"A3"} < {row["paper"] for row in listed}
    assert any(row["paper_types"] == ["A", "B"] for row in listed)
    assert {row["ink"] for row in listed} == {"black", "red"}


def test_a_two_sided_sheet_is_printed_with_one_file_of_positions_a_page(tmp_path: Path):
    code, said = run(
        "render", "a3-two-sided", "--out", tmp_path / "b.pdf", "--layout-json", tmp_path / "l.json"
    )
    assert code == 0
    assert [Path(name).name for name in said["files"]] == ["b.pdf", "l.json", "l-2.json"]
    assert len(pypdfium2.PdfDocument(tmp_path / "b.pdf")) == 2
    assert json.loads((tmp_path / "l-2.json").read_text())["page"] == 2


def test_a_folder_is_read_by_the_sheets_own_blank(tmp_path: Path):
    run("render", "a4-100", "--out", tmp_path / "b.pdf", "--layout-json", tmp_path / "l.json")
    scans = tmp_path / "scans"
    scans.mkdir()
    bitmap = pypdfium2.PdfDocument(tmp_path / "b.pdf")[0].render(scale=150 / 72, grayscale=True)
    bitmap.to_pil().convert("L").save(scans / "0001.png")
    (scans / "0002.jpg").write_bytes(b"no picture")
    (scans / "notes.txt").write_text("x")
    code, said = run(
        "read", scans, "--layout", tmp_path / "l.json", "--out", tmp_path / "pred.json", "--workers", 1
    )
    assert (code, said["sheets"], said["rejected"]) == (0, 2, 1)
    sheets = json.loads((tmp_path / "pred.json").read_text())["sheets"]
    assert sheets["0001.png"]["error"] is None
    assert sheets["0001.png"]["codes"]["qr"].startswith("KW1|")
    assert all(field == {"value": [], "flag": False} for field in sheets["0001.png"]["fields"].values())
    assert sheets["0002.jpg"] == {"fields": {}, "codes": {}, "flag": True, "error": "not_an_image"}
    assert not (tmp_path / "pred.json.part").exists()


@pytest.mark.parametrize(
    "arguments",
    [
        ("render", "no-such-sheet", "--out", "x.pdf"),
        ("read", "no-such-folder", "--layout", "no-such-layout.json", "--out", "x.json"),
    ],
)
def test_what_cannot_be_done_is_said_in_two_languages(arguments: tuple[str, ...]):
    code, said = run(*arguments)
    assert code == 1
    assert said["error"]["zh"]
    assert said["error"]["en"]


def test_a_foreign_form_is_described_over_its_scan(tmp_path: Path):
    image = Image.new("L", (800, 600), 255)
    for x in (200, 300, 400):
        for y in (100, 160, 220):
            image.paste(90, (x - 12, y - 12, x + 12, y + 12))
            image.paste(255, (x - 9, y - 9, x + 9, y + 9))
    image.save(tmp_path / "form.png")
    block = {"fields": ["a", "b", "c"], "values": ["1", "2", "3"], "size": [24, 24]}
    # Pointed at with an unsteady hand.
    block |= {"first": [203, 98], "last_value": [397, 103], "last_field": [198, 222]}
    (tmp_path / "blocks.json").write_text(json.dumps([block]))
    code, _ = run(
        "describe", tmp_path / "form.png", "--blocks", tmp_path / "blocks.json", "--out", tmp_path / "l.json"
    )
    assert code == 0
    layout = json.loads((tmp_path / "l.json").read_text())
    scale = 800 / 297
    middle = layout["fields"][1]["options"][1]
    assert (middle["x"] + middle["w"] / 2) * scale == pytest.approx(300, abs=1.5)
    assert (middle["y"] + middle["h"] / 2) * scale == pytest.approx(160, abs=1.5)
