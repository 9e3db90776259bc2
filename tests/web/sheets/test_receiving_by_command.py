"""`kaowu sheet receive`: the folder that a scanner writes, bag by bag, without reading anything twice."""

import json

import pytest
from click.testing import CliRunner
from tests.web.exam_day import EXAM
from tests.web.sheets.conftest import SUBJECT

from kaowu.cli.sheet import command

pytestmark = pytest.mark.django_db


@pytest.fixture
def receive(bags, monkeypatch):
    from kaowu.cli import _sheet_receive

    monkeypatch.setattr(_sheet_receive, "opened", lambda: None)

    def run(*arguments, by="vault-keeper-1"):
        told = ["receive", *map(str, arguments), "--exam", EXAM, "--subject", SUBJECT, "--json"]
        return CliRunner().invoke(command, [*told, "--site", bags.day.site, "--by", by])

    return run


def said(result):
    return json.loads(result.stdout)


@pytest.mark.feature("PAP-26")
def test_a_folder_of_rooms_is_received_and_what_is_held_is_not_read_again(bags, receive, tmp_path):
    folder = tmp_path / "out"
    (folder / "001").mkdir(parents=True)
    (folder / "001" / "a.jpg").write_bytes(bags.sheet(1))
    (folder / "001" / "notes.txt").write_text("不是图像")
    bags.check(bags.day.browser("vault_keeper"))
    result = receive(folder)
    assert result.exit_code == 0, result.output
    [row] = said(result)
    assert (row["room"], row["new_files"], row["present"], row["to_settle"]) == ("001", 1, 1, 4)
    [again] = said(receive(folder))
    assert (again["new_files"], again["pages"]) == (0, 1)


def test_a_bag_without_its_triple_check_and_a_person_without_the_post_are_refused(bags, receive, tmp_path):
    (tmp_path / "a.jpg").write_bytes(bags.sheet(1))
    unchecked = receive(tmp_path, "--room", "001")
    assert (unchecked.exit_code, said(unchecked)["code"]) == (1, "bag_not_checked")
    stranger = receive(tmp_path, "--room", "001", by="chief-invigilator-1")
    assert (stranger.exit_code, said(stranger)["code"]) == (1, "not_entitled")
    nowhere = receive(tmp_path, "--room", "099")
    assert (nowhere.exit_code, said(nowhere)["code"]) == (1, "no_such_bag")
