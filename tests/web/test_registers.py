"""Registers in the office: lists, forms, reveal with a reason, import of workbooks."""

import io
import zipfile
from pathlib import Path

import openpyxl
import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.urls import reverse

from kaowu.store.models import AccessLog, JournalEntry, Organisation, Person, Room, School, Site
from kaowu.store.personal import open_fields

ROSTERS = Path(__file__).parents[1] / "data" / "rosters"


def register_facts():
    return JournalEntry.objects.filter(kind="register_entry_changed")


@pytest.fixture
def zaozhuang(city):
    """The city with no site yet; its other counties come with the workbook."""
    Room.objects.all().delete()
    Person.objects.all().delete()
    Site.objects.all().delete()
    School.objects.all().delete()
    Organisation.objects.filter(level="site").delete()
    return city


def upload(client, kind, content, name="名录.xlsx"):
    return client.post(reverse("register_import", args=[kind]), {"file": SimpleUploadedFile(name, content)})


def book(**sheets):
    out = io.BytesIO()
    workbook = openpyxl.Workbook()
    workbook.remove(workbook.active)
    for name, rows in sheets.items():
        sheet = workbook.create_sheet(name)
        for row in rows:
            sheet.append(row)
    workbook.save(out)
    return out.getvalue()


STAFF_HEADER = ["工号", "姓名", "性别", "县区", "教龄", "证书有效期", "是否持证", "联系电话"]


# ---- forms -------------------------------------------------------------------------------------------


def test_a_changed_room_is_saved_and_leaves_one_fact(as_post, city):
    client = as_post("county_officer")
    there = reverse("room_edit", args=["040201", "001"])
    form = client.get(there).context["form"]
    given = {name: "" if value is None else value for name, value in form.initial.items()} | {
        "columns": "6-6-6-6-6",
        "cameras": 2,
    }
    response = client.post(there, {k: v for k, v in given.items() if v is not False})
    assert response.status_code == 302, response.context["form"].errors
    assert Room.objects.get(site__code="040201", number="001").columns == "6-6-6-6-6"
    [fact] = register_facts()
    assert fact.subject == "rooms/040201-001"


def test_a_layout_smaller_than_the_capacity_is_refused_at_its_field(as_post, city):
    client = as_post("county_officer")
    there = reverse("room_edit", args=["040201", "001"])
    given = {k: "" if v is None else v for k, v in client.get(there).context["form"].initial.items()} | {
        "columns": "5-5"
    }
    response = client.post(there, {k: v for k, v in given.items() if v is not False})
    assert response.status_code == 422
    assert "座位布局共 10 座，少于容量 30" in response.content.decode()
    assert not register_facts().exists()


def test_saving_without_a_change_leaves_no_fact(as_post, city):
    client = as_post("city_officer")
    client.post(reverse("organisation_edit", args=["370402"]), {"name": "市中区"})
    assert not register_facts().exists()


def test_a_new_site_makes_its_node_of_the_tree(as_post, city):
    client = as_post("county_officer")
    given = {
        "code": "040209", "name": "新考点", "county": city.north.pk, "buildings": 2, "backup_power": "present",
        "medical_point": "present", "jammers_per_floor": 4, "listening_systems": 1,
    }  # fmt: skip
    assert client.post(reverse("site_new"), given).status_code == 302
    assert Organisation.objects.get(code="040209").path == "370000/370400/370402/040209/"


def test_a_county_officer_cannot_put_a_site_into_another_county(as_post, city):
    client = as_post("county_officer")
    given = {
        "code": "040309",
        "name": "越界考点",
        "county": city.south.pk,
        "buildings": 1,
        "backup_power": "present",
        "medical_point": "present",
        "jammers_per_floor": 0,
        "listening_systems": 0,
    }
    assert client.post(reverse("site_new"), given).status_code == 422
    assert not Site.objects.filter(code="040309").exists()


def test_the_grid_preview_draws_what_is_typed(as_post, city):
    client = as_post("county_officer")
    drawn = client.get(
        reverse("grid_preview"),
        {"columns": "7-8-8-7", "start_corner": "front_left", "direction": "serpentine", "capacity": 30},
    )
    assert drawn.content.decode().count('class="seat"') == 30
    assert "座位图" in client.get(reverse("grid_preview"), {"columns": "7-"}).content.decode()


# ---- sealed numbers -----------------------------------------------------------------------------------


def test_lists_and_pages_show_only_masked_numbers(as_post, city):
    client = as_post("county_officer")
    for there in (
        reverse("people"),
        reverse("person", args=["P040201"]),
        reverse("person_edit", args=["P040201"]),
    ):
        text = client.get(there).content.decode()
        assert "138****5678" in text
        assert "13800005678" not in text
        assert "370402198001010417" not in text


def test_revealing_asks_for_a_reason_and_is_logged(as_post, city):
    client = as_post("county_officer")
    there = reverse("person_reveal", args=["P040201"])
    refused = client.post(there, {"field": "id_number", "reason": ""})
    assert refused.status_code == 422
    assert "370402198001010417" not in refused.content.decode()
    assert not AccessLog.objects.filter(outcome="revealed").exists()
    shown = client.post(there, {"field": "id_number", "reason": "核对聘书"})
    assert "370402198001010417" in shown.content.decode()
    entry = AccessLog.objects.get(outcome="revealed")
    assert (entry.account_number, entry.subject, entry.reason) == (
        "county-officer",
        "people/P040201/id_number",
        "核对聘书",
    )


def test_numbers_lie_sealed_in_the_database_and_are_found_by_the_whole_number(as_post, city):
    with connection.cursor() as cursor:
        cursor.execute("SELECT id_number, id_number_index, phone FROM store_person WHERE number = 'P040201'")
        stored = "".join(cursor.fetchone())
    assert "370402198001010417" not in stored and "13800005678" not in stored
    client = as_post("county_officer")
    assert "P040201" in client.get(reverse("people"), {"q": "13800005678"}).content.decode()
    assert "P040201" in client.get(reverse("people"), {"q": "370402198001010417"}).content.decode()
    assert "P040201" not in client.get(reverse("people"), {"q": "1380000567"}).content.decode()


def test_a_sealed_value_that_was_moved_or_changed_does_not_open():
    from kaowu.store.sealed import SealBroken, seal, unseal

    stored = seal("370402198001010417", "store_person.id_number")
    assert unseal(stored, "store_person.id_number") == "370402198001010417"
    for broken, place in (
        (stored, "store_person.phone"),
        (stored[:-1] + ("0" if stored[-1] != "0" else "1"), "store_person.id_number"),
        ("370402198001010417", "store_person.id_number"),
    ):
        with pytest.raises(SealBroken):
            unseal(broken, place)


def test_saving_a_person_without_typing_numbers_keeps_them(as_post, city):
    client = as_post("county_officer")
    there = reverse("person_edit", args=["P040201"])
    given = {k: "" if v is None else v for k, v in client.get(there).context["form"].initial.items()}
    given = {k: v for k, v in given.items() if v is not False} | {"name": "欧阳询"}
    assert client.post(there, given).status_code == 302
    row = Person.objects.get(number="P040201")
    assert (row.name, row.phone, row.id_number) == ("欧阳询", "13800005678", "370402198001010417")
    fact = register_facts().get()
    assert "欧阳询".encode() not in bytes(fact.entry), (
        "facts carry identifiers; values are personal and kept apart"
    )
    assert b"13800005678" not in open_fields(fact.personal, fact.key_slot)[0]


# ---- import -------------------------------------------------------------------------------------------


def test_the_citys_real_workbooks_are_read_checked_and_written_whole(as_post, zaozhuang):
    client = as_post("city_officer")
    checked = upload(client, "venues", (ROSTERS / "zaozhuang_venues.xlsx").read_bytes())
    assert checked.status_code == 302
    text = client.get(checked["Location"]).content.decode()
    assert "没有发现问题" in text
    assert not Site.objects.exists(), "checking writes nothing"
    assert client.post(checked["Location"]).status_code == 302
    assert (School.objects.count(), Site.objects.count(), Room.objects.count()) == (54, 13, 1574)
    assert Organisation.objects.get(code="370481").name == "滕州市"
    assert Organisation.objects.filter(level="county").count() == 6
    checked = upload(client, "staff", (ROSTERS / "zaozhuang_staff.xlsx").read_bytes())
    assert client.post(checked["Location"]).status_code == 302
    assert Person.objects.count() == 5000
    assert [fact.subject for fact in register_facts().order_by("index")] == ["sites/import", "people/import"]
    # the same file again changes nothing and says so
    checked = upload(client, "staff", (ROSTERS / "zaozhuang_staff.xlsx").read_bytes())
    assert (
        "新增 0 条，变更 0 条，未变 5000 条" in client.post(checked["Location"], follow=True).content.decode()
    )


def test_every_problem_is_listed_with_row_column_cause_and_remedy_and_nothing_is_written(as_post, zaozhuang):
    client = as_post("city_officer")
    content = book(
        考务人员=[
            ["枣庄市考务人员名单"],
            STAFF_HEADER,
            ["A1", "王小明", "男", "市中区", 5, "2027-12-31", "是", "13800005678"],
            ["A1", "李四", "男", "市中区", 5, "2027-12-31", "是", ""],
            ["A3", "", "未知", "火星区", "五年", "2027-13-01", "也许", ""],
        ]
    )
    before = Person.objects.count()
    checked = upload(client, "staff", content)
    text = client.get(checked["Location"]).content.decode()
    for words in (
        "与第 3 行重复",
        "“姓名”为空",
        "“未知”不在可填内容中",
        "“火星区”不存在",
        "不是 0 到 70 之间的整数",
        "不是日期",
        "请写成 2027-12-31 的样子",
        "还有 2 行须改",
    ):
        assert words in text, words
    assert client.post(checked["Location"]).status_code == 422
    assert Person.objects.count() == before
    assert not register_facts().exists()


def test_a_county_officer_cannot_make_counties_by_import(as_post, city):
    client = as_post("county_officer")
    checked = upload(client, "venues", (ROSTERS / "zaozhuang_venues.xlsx").read_bytes())
    assert checked.status_code == 422 or client.post(checked["Location"]).status_code == 422
    assert not Organisation.objects.filter(code="370481").exists()


def test_a_workbook_cannot_reach_into_another_county(as_post, city):
    client = as_post("county_officer")
    content = book(名单=[STAFF_HEADER, ["P040301", "冒名", "男", "市中区", 5, "", "否", ""]])
    response = upload(client, "staff", content)
    assert response.status_code == 422
    assert "范围以外的单位：P040301" in response.content.decode()


def bomb():
    """More parts than any workbook has."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as package:
        for number in range(20_001):
            package.writestr(f"xl/{number}", b"")
    return out.getvalue()


BAD_FILES = {
    "empty": (lambda: b"", "没有收到文件", "No file arrived"),
    "not a table": (lambda: b"MZ" + b"\0" * 300, "表格", "table"),
    "torn": (lambda: book(a=[STAFF_HEADER])[:900], "损坏", "damaged"),
    "without header": (
        lambda: book(a=[["甲", "乙"], ["1", "2"]]),
        "没有找到考务人员表的表头",
        "No header of the list of exam staff",
    ),
    "bomb": (bomb, "展开后异常庞大", "abnormal size"),
}


@pytest.mark.parametrize("name", BAD_FILES)
@pytest.mark.parametrize("language", ["zh-hans", "en"])
def test_a_bad_file_gets_a_clear_sentence_and_nothing_is_kept(as_post, city, settings, name, language):
    make, chinese, english = BAD_FILES[name]
    kept_before = set(settings.DATA.uploads.iterdir())
    client = as_post("county_officer")
    client.cookies["kaowu_language"] = language
    response = upload(client, "staff", make())
    assert response.status_code == 422
    assert (chinese if language == "zh-hans" else english).lower() in response.content.decode().lower()
    assert set(settings.DATA.uploads.iterdir()) == kept_before


def test_a_file_larger_than_agreed_is_refused(as_post, city, monkeypatch):
    from kaowu.web.office import register_import

    monkeypatch.setattr(register_import, "MOST_BYTES", 1_000_000)
    response = upload(as_post("county_officer"), "staff", b"x" * 1_000_001)
    assert response.status_code == 422
    assert "文件超过 1 MB" in response.content.decode()


def test_a_formula_in_a_cell_is_kept_as_text_and_never_run(as_post, city):
    client = as_post("county_officer")
    content = book(
        名单=[STAFF_HEADER, ["A9", '=HYPERLINK("http://x","点我")', "男", "市中区", 5, "", "否", ""]]
    )
    checked = upload(client, "staff", content)
    text = client.get(checked["Location"]).content.decode()
    assert "http://x" not in text or "&quot;" in text


def test_another_login_cannot_see_my_uploaded_file(as_post, city):
    mine, other = as_post("county_officer"), as_post("city_officer")
    checked = upload(
        mine, "staff", book(名单=[STAFF_HEADER, ["A9", "王明", "男", "市中区", 5, "", "否", ""]])
    )
    assert other.get(checked["Location"]).status_code == 404
