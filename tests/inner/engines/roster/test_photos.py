"""Photos: matched by number, judged by what they are."""

import io
import zipfile

import pytest
from PIL import Image
from tests.inner.engines.roster import messy as m
from tests.inner.engines.roster.test_layouts import FIELDS, PEOPLE, heading, row, rows, text

from kaowu.engines.roster import RosterExam, RosterUnreadable, check, read_tables
from kaowu.engines.roster.photos import judge_picture

EXAM = RosterExam.from_json(m.EXAM)


def picture(kind: str = "JPEG", size: tuple[int, int] = (480, 640)) -> bytes:
    out = io.BytesIO()
    Image.effect_noise(size, 40).convert("RGB").save(out, kind)
    return out.getvalue()


GOOD = picture()


def archive(files: dict[str, bytes]) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as package:
        for name, data in files.items():
            package.writestr(name, data)
    return out.getvalue()


@pytest.mark.parametrize(
    ("data", "faults"),
    [
        (GOOD, ()),
        (GOOD[: len(GOOD) // 2], ("photo_corrupt",)),
        (b"", ("photo_corrupt",)),
        (b"not a picture", ("photo_corrupt",)),
        (picture(size=(295, 413)), ("photo_wrong_size",)),
        (picture("PNG"), ("photo_wrong_format",)),
        (picture("BMP", (100, 100)), ("photo_wrong_format", "photo_wrong_size")),
    ],
)
def test_a_photo_is_a_whole_jpeg_of_the_right_size(data: bytes, faults: tuple[str, ...]) -> None:
    assert judge_picture(data) == faults


def test_photos_are_matched_by_number_in_any_folder_and_letter_case() -> None:
    numbers = [person.number for person in PEOPLE]
    files = {f"照片/{number.lower()}.JPG": GOOD for number in numbers[:6]}
    files |= {f"{numbers[6]}.jpeg": GOOD, "Thumbs.db": b"x", f"{numbers[0]}(1).jpg": GOOD, "张三.jpg": GOOD}
    found = check(read_tables(text([heading(FIELDS), *rows(FIELDS)]), "x.csv"), EXAM, photos=archive(files))
    assert found.by_code == {"photo_unmatched": 2, "photo_missing": 1}
    missing = next(issue for issue in found.issues if issue.code == "photo_missing")
    assert missing.row == 9
    assert missing.as_dict()["message"] == "第9行：缺照片"


def test_the_photo_of_a_rejected_candidate_fits_somebody() -> None:
    grid = [heading(FIELDS), row(PEOPLE[0], FIELDS, school="洪都市第九十九中学")]
    found = check(read_tables(text(grid), "x.csv"), EXAM, photos=archive({f"{PEOPLE[0].number}.jpg": GOOD}))
    assert found.by_code == {"school_unknown": 1}


def test_photos_that_are_no_zip_are_refused() -> None:
    with pytest.raises(RosterUnreadable):
        check(read_tables(text([heading(FIELDS), *rows(FIELDS)]), "x.csv"), EXAM, photos=b"no zip")
