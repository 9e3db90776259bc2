"""Officers make codes for devices and revoke them; two officers erase what must not be kept."""

import io
import re

import pytest
from tests.terminal import Terminal
from tests.web.api.test_device_runs import ENROL, RUNS, admitted, judged, post
from tests.web.conftest import PASSWORD
from tests.web.exam_day import EXAM

from kaowu.engines.ledger.verify import verify_archive
from kaowu.facts.violations import ViolationRecorded
from kaowu.store.models import DeviceCode, JournalEntry
from kaowu.store.personal import open_fields
from kaowu.web.node_key import verifying_key
from kaowu.web.works.scrubbing import read_books_again, read_if_due


@pytest.fixture
def officer(exam_day, account):
    """The city officer's browser."""
    exam_day.staff["city_officer"] = account("city_officer", "city-1")
    return exam_day.browser("city_officer")


def test_an_officer_makes_a_code_the_device_enrols_and_is_revoked(exam_day, officer):
    page = officer.post(
        f"/office/devices/{EXAM}/code/", {"device": "gate-3", "site": exam_day.site, "hours": 2}
    )
    [code] = re.findall(r"token\">([0-9A-Z-]{19})<", page.content.decode())
    assert code not in officer.get(f"/office/devices/{EXAM}/").content.decode(), "it is shown once"
    gate = Terminal("gate-3", EXAM, exam_day.site)
    assert post(ENROL, {"code": code, "key": gate.key.verifying.to_text()}).status_code == 200
    assert post(RUNS, gate.run(admitted(exam_day, gate))).status_code == 200
    assert "gate-3" in officer.get(f"/office/devices/{EXAM}/").content.decode()
    silent = officer.post(f"/office/devices/{EXAM}/gate-3/revoke/", {"reason": ""})
    assert silent.status_code == 302 and not JournalEntry.objects.filter(kind="device_revoked").exists()
    officer.post(f"/office/devices/{EXAM}/gate-3/revoke/", {"reason": "丢失"})
    assert post(RUNS, gate.run(admitted(exam_day, gate, 1))).json()["code"] == "device_revoked"
    assert "丢失" in officer.get(f"/office/devices/{EXAM}/").content.decode()
    assert judged()[0] == []


def test_a_site_chief_makes_codes_for_the_own_site_alone(exam_day):
    chief = exam_day.browser("site_chief")
    wrong = chief.post(f"/office/devices/{EXAM}/code/", {"device": "gate-3", "site": "040301", "hours": 2})
    assert wrong.status_code == 422 and DeviceCode.objects.count() == 0
    right = chief.post(
        f"/office/devices/{EXAM}/code/", {"device": "gate-3", "site": exam_day.site, "hours": 2}
    )
    assert right.status_code == 200 and DeviceCode.objects.count() == 1
    assert exam_day.browser("screener").get(f"/office/devices/{EXAM}/").status_code == 403


def test_two_officers_erase_personal_fields_and_every_proof_still_verifies(
    exam_day, officer, account, tmp_path
):
    second = account("city_officer", "city-2")
    fact = ViolationRecorded(
        admission_number=exam_day.tickets()[0], clause="6-4", found_by="video", narrative="欧阳青经过"
    )
    exam_day.record(fact, "chief_invigilator", "assistant_invigilator", at=exam_day.at(30))
    kept = JournalEntry.objects.get(kind="violation_recorded")
    assert "欧阳青" in str(open_fields(kept.personal, kept.key_slot)[0].decode("utf-8", "replace"))
    assert "欧阳青".encode() not in bytes(kept.personal), "it does not lie there in clear"
    sent = {
        "record": str(kept.fact_id), "grounds": "retention", "own_password": PASSWORD,
        "second_number": second.number, "second_password": "wrong",
    }  # fmt: skip
    address = f"/office/erasure/{EXAM}/"
    page = officer.get(address).content.decode()
    assert f"?record={kept.fact_id}" in page and "欧阳青" not in page, "to choose from, and nothing is read"
    assert str(kept.fact_id) in officer.get(f"{address}?record={kept.fact_id}").content.decode()
    assert str(kept.fact_id) not in officer.get(f"{address}?about=99999999").content.decode()
    assert officer.post(address, sent).status_code == 422
    alone = {**sent, "second_number": "city-1", "second_password": PASSWORD}
    assert officer.post(address, alone).status_code == 422
    assert JournalEntry.objects.get(pk=kept.pk).personal is not None
    assert officer.post(address, {**sent, "second_password": PASSWORD}).status_code == 302
    after = JournalEntry.objects.get(pk=kept.pk)
    assert (after.personal, after.key_slot) == (None, None)
    assert bytes(after.entry) == bytes(kept.entry) and bytes(after.leaf_hash) == bytes(kept.leaf_hash)
    assert officer.post(address, {**sent, "second_password": PASSWORD}).status_code == 409
    assert judged()[0] == []

    from kaowu.web.counter import book
    from kaowu.web.works.archive import write_archive

    book().checkpoint()
    archive = write_archive(EXAM, tmp_path / "exam.kwa").path.read_bytes()
    verdict = verify_archive(io.BytesIO(archive), [verifying_key()])
    assert verdict.ok and verdict.erased == 1
    assert "欧阳青".encode() not in archive


def test_the_page_of_the_node_says_how_far_the_books_were_read_again_and_what_was_found(exam_day, account):
    exam_day.staff["system_administrator"] = account("system_administrator", "sys-1")
    system = exam_day.browser("system_administrator")
    assert "尚未巡检" in system.get("/office/node/").content.decode()
    assert read_if_due(24) and not read_if_due(24), "one that waits is enough"
    read_books_again.call()
    page = system.get("/office/node/").content.decode()
    assert "无异常" in page and "尚未巡检" not in page
    JournalEntry.objects.filter(index=1).update(recorded_at=1)
    assert read_if_due(0) is False
    read_books_again.call()
    assert "leaf_hash_wrong" in system.get("/office/node/").content.decode()
