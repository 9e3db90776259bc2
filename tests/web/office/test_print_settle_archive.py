"""Print packs as jobs, reconciliation signed by the site, the archive made and verified: through the pages."""

import io
import json

import pikepdf
import pytest
from click.testing import CliRunner
from django.urls import reverse
from tests.web.exam_day import ENDS, STARTS
from tools.verify_archive import judge

from kaowu.cli.main import group
from kaowu.engines.ledger.notes import Note
from kaowu.engines.ledger.verify import verify_archive
from kaowu.facts.entry import CandidateAbsent, CandidateAdmitted
from kaowu.facts.envelope import Actor
from kaowu.facts.papers import PacketCollected, PacketHandedOut, PacketUnsealed, SheetsCounted
from kaowu.facts.seating import PrintPackMade
from kaowu.facts.settling import SittingReconciled
from kaowu.store import artefacts
from kaowu.store.models import AccessLog, Account, Artefact, Job, JournalEntry, RoomSitting, SeatRow
from kaowu.store.played_clock import play
from kaowu.web.node_key import verifying_key

CHIEF, SECOND, VAULT = (
    Actor("i1", "chief_invigilator"),
    Actor("i2", "assistant_invigilator"),
    Actor("v", "vault_keeper"),
)


@pytest.fixture
def officer(as_post):
    return as_post("city_officer")


def test_a_print_pack_is_made_as_a_job_kept_and_bound_to_the_plan(sealed, officer, work, city):
    site = city.north_site.code
    address = reverse("papers_make", args=[sealed, site])
    assert officer.post(address).status_code == 302
    officer.post(address)
    assert Job.objects.filter(work="papers.pack").count() == 1, "asking twice makes one pack"
    assert work().state == "done"
    [_entry] = JournalEntry.objects.filter(kind=PrintPackMade.kind.name)
    text = officer.get(reverse("papers_pack", args=[sealed, site])).content.decode()
    assert "准考证" in text and "考场核对表" in text and "没有问题" in text
    response = officer.get(reverse("papers_file", args=[sealed, site]))
    with pikepdf.open(io.BytesIO(response.content)) as pdf:
        assert f"{len(pdf.pages):,}" in text
    assert AccessLog.objects.filter(outcome="exported", permission="papers.print").exists()


def test_nothing_is_printed_before_the_plan_is_sealed(with_roster, officer, work, city):
    officer.post(reverse("papers_make", args=[with_roster, city.north_site.code]))
    job = work()
    assert job.state == "failed" and "座位编排还没有封存" in job.outcome_zh
    assert "座位编排没有封存" in officer.get(reverse("papers", args=[with_roster])).content.decode()


def test_one_paper_for_one_room_is_set_on_request(sealed, as_post, city):
    client, room = as_post("site_chief"), SeatRow.objects.first().room
    address = reverse("papers_room", args=[sealed, city.north_site.code, room])
    assert client.get(address).status_code == 200
    response = client.post(address, {"document": "check-list", "sitting": "01"})
    assert response["Content-Type"] == "application/pdf" and response.content.startswith(b"%PDF")
    assert client.post(address, {"document": "nothing", "sitting": "01"}).status_code == 404


def test_a_site_chief_prints_for_the_own_site_only(sealed, as_post, city):
    client = as_post("site_chief")
    assert client.post(reverse("papers_make", args=[sealed, city.south_site.code])).status_code == 403
    assert as_post("chief_invigilator").get(reverse("papers", args=[sealed])).status_code == 403


def play_sitting(exam, site, absent=0):
    """Every room of the first sitting, through the counter."""
    from kaowu.web.counter import record

    rooms = {}
    for row in SeatRow.objects.filter(site=site):
        rooms.setdefault(row.room, []).append(row.admission_number)
    for room, tickets in rooms.items():
        subject = f"01/{site}/{room}"

        def happened(fact, *actors, subject=subject):
            record(fact, *actors, exam=exam, subject=subject, site=site)

        packet, sheets, away = f"P{room}", len(tickets) + 1, tickets[:absent]
        happened(PacketHandedOut(packet=packet, seal="A1", sheets=sheets, subject="语文"), VAULT, CHIEF)
        for ticket in tickets[absent:]:
            happened(CandidateAdmitted(admission_number=ticket, identity="matched"), CHIEF)
        happened(
            PacketUnsealed(packet=packet, seal="A1", subject="语文", witnessed_by=("01", "02")), CHIEF, SECOND
        )
        for ticket in away:
            happened(CandidateAbsent(admission_number=ticket), CHIEF)
        used = len(tickets) - len(away)
        counted = SheetsCounted(issued=sheets, used=used, absent=len(away), spare=1, void=0)
        happened(counted, CHIEF, SECOND)
        happened(PacketCollected(packet=packet, seal="A2", sheets=sheets, state="intact"), CHIEF, VAULT)
    return rooms


@pytest.fixture
def over(sealed, city):
    """The first sitting is over and balances."""
    play(sealed, STARTS, speed=0)
    play_sitting(sealed, city.north_site.code, absent=1)
    play(sealed, ENDS + 60_000, speed=0)
    return sealed


def figures(client, address):
    import re

    text = client.get(address).content.decode()
    return dict(re.findall(r'<input type="hidden" name="(\w+)" value="(\d+)">', text)), text


def test_the_site_chief_signs_the_figures_that_the_page_shows(over, as_post, city):
    site, client = city.north_site.code, as_post("site_chief")
    shown, text = figures(client, reverse("settle_sheet", args=[over, "01", site]))
    assert shown["expected"] == "90" and "每个考场都平" in text
    response = client.post(reverse("settle_sign", args=[over, "01", site]), shown | {"remark": ""})
    assert response.status_code == 302
    [_entry] = JournalEntry.objects.filter(kind=SittingReconciled.kind.name)
    assert "已签认 1 / " in client.get(reverse("settle", args=[over])).content.decode()


def test_figures_that_changed_since_the_page_was_opened_are_not_signed(over, as_post, city):
    site, client = city.north_site.code, as_post("site_chief")
    shown, _ = figures(client, reverse("settle_sheet", args=[over, "01", site]))
    stale = shown | {"entered": str(int(shown["entered"]) - 1)}
    response = client.post(reverse("settle_sign", args=[over, "01", site]), stale)
    assert response.status_code == 409 and "与流水算出的不同" in response.content.decode()
    assert not JournalEntry.objects.filter(kind=SittingReconciled.kind.name).exists()


def test_a_gap_is_named_with_its_room_and_needs_a_remark(sealed, as_post, city):
    from kaowu.web.counter import record

    site = city.north_site.code
    play(sealed, STARTS, speed=0)
    rooms = play_sitting(sealed, site)
    room = min(rooms)
    lost = SheetsCounted(issued=len(rooms[room]) + 1, used=len(rooms[room]) - 1, absent=0, spare=1, void=0)
    record(lost, CHIEF, SECOND, exam=sealed, subject=f"01/{site}/{room}", site=site)
    play(sealed, ENDS + 60_000, speed=0)
    client = as_post("site_chief")
    shown, text = figures(client, reverse("settle_sheet", args=[sealed, "01", site]))
    assert reverse("room", kwargs={"exam": sealed, "sitting": "01", "site": site, "room": room}) in text
    address = reverse("settle_sign", args=[sealed, "01", site])
    assert "不平" in client.post(address, shown).content.decode()
    assert client.post(address, shown | {"remark": "一份答题卡破损，已报考点"}).status_code == 302


def test_officers_read_and_do_not_sign_for_a_site(over, officer, city):
    site = city.north_site.code
    shown, text = figures(officer, reverse("settle_sheet", args=[over, "01", site]))
    assert shown == {} and "由主考、副主考签认" in text
    assert officer.post(reverse("settle_sign", args=[over, "01", site]), {"remark": ""}).status_code == 404


def test_findings_are_filtered_and_lead_to_their_room(over, officer, city):
    from kaowu.store.models import FindingRow

    found = FindingRow.objects.filter(exam=over)
    text = officer.get(reverse("findings", args=[over])).content.decode()
    if found.exists():
        assert found.first().zh in text
    severe = officer.get(reverse("findings", args=[over]), {"severity": "3"}).content.decode()
    assert severe.count("<tr") - 1 == max(found.filter(severity=3).count(), 1)


@pytest.mark.feature("POST-15")
def test_the_rate_of_papers_given_out_and_collected_is_worked_out_from_the_facts(sealed, officer, city):
    page = reverse("settle", args=[sealed])
    rooms = RoomSitting.objects.filter(exam_id=sealed, sitting="01").count()
    play(sealed, ENDS + 60_000, speed=0)
    nothing_happened = officer.get(page).content.decode()
    assert "0.00 %" in nothing_happened and nothing_happened.count("没有领卷记录") == rooms > 0
    play(sealed, STARTS, speed=0)
    play_sitting(sealed, city.north_site.code, absent=1)
    play(sealed, ENDS + 60_000, speed=0)
    assert f"100.00 % · {rooms} 个考场场次中 {rooms} 个准确" in officer.get(page).content.decode()


def test_the_archive_is_made_downloaded_and_verified_by_key_and_note(over, officer, work, settings):
    page = reverse("archive", args=[over])
    note = officer.get(reverse("archive_note", args=[over])).content
    assert officer.post(reverse("archive_make", args=[over])).status_code == 302
    assert work().state == "done"
    text = officer.get(page).content.decode()
    assert verifying_key().to_text() in text and "kaowu verify" in text
    name = next((settings.DATA.root / "archives" / over).glob("*.kwa")).name
    content = b"".join(officer.get(reverse("archive_file", args=[over, name])).streaming_content)
    verdict = verify_archive(io.BytesIO(content), [verifying_key()], [Note.from_bytes(note)])
    assert verdict.ok, verdict
    assert officer.post(reverse("archive_copy", args=[over])).status_code == 302
    assert work().state == "done"
    public = next((settings.DATA.root / "archives" / over).glob("*-open.kwa")).read_bytes()
    found = verify_archive(io.BytesIO(public), [verifying_key()], [Note.from_bytes(note)])
    assert found.ok and found.withheld["roster"] == found.withheld["roster_file"] == 1
    assert (found.size, found.root) == (verdict.size, verdict.root)
    assert judge(io.BytesIO(public), verifying_key().to_text())["withheld"] == found.withheld
    kept = Artefact.objects.filter(kind__in=("roster", "seat_plan")).values_list("digest", flat=True)
    inside = [artefacts.read(bytes(one)) for one in kept]
    assert inside and all(one in content and one not in public for one in inside)
    assert AccessLog.objects.filter(outcome="exported", permission="archive.make").exists()
    assert officer.get(reverse("archive_file", args=[over, "nothing.kwa"])).status_code == 404


def test_commands_write_both_archives_and_write_over_nothing(over, officer, account, tmp_path, monkeypatch):
    monkeypatch.setattr("kaowu.cli.archive.opened", lambda: None)
    account("county_officer", "county-1")
    whole, public = tmp_path / "whole.kwa", tmp_path / "open.kwa"

    def run(*arguments):
        result = CliRunner().invoke(group, ["archive", *map(str, arguments), "--json"])
        assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
        return result.exit_code, json.loads(result.stdout)

    maker = Account.objects.filter(assignments__post="city_officer").first().number
    assert run("close", over, "--out", whole, "--by", "county-1")[1]["code"] == "not_entitled"
    nowhere = tmp_path / "missing" / "whole.kwa"
    assert run("close", over, "--out", nowhere, "--by", maker)[1]["code"] == "archive_not_writable"
    assert run("open-copy", over, "--out", nowhere)[1]["code"] == "archive_not_writable"
    assert not JournalEntry.objects.filter(kind="archive_closed").exists()
    taken = AccessLog.objects.filter(outcome="exported", permission="archive.make", account_number=maker)
    assert not taken.exists()
    code, closed = run("close", over, "--out", whole, "--by", maker)
    assert code == 0 and JournalEntry.objects.filter(kind="archive_closed").count() == 1
    assert [one.subject for one in taken] == [f"{over}/whole.kwa"]
    code, made = run("open-copy", over, "--out", public)
    assert code == 0 and made["facts"] == closed["facts"] and made["withheld"] > 0 == closed["withheld"]
    for path in (whole, public):
        assert verify_archive(io.BytesIO(path.read_bytes()), [verifying_key()]).ok
        assert path.stat().st_mode & 0o777 == 0o600
    assert run("open-copy", over, "--out", public)[0] == 1 and public.stat().st_size == made["bytes"]
    assert run("open-copy", "nothing", "--out", tmp_path / "n.kwa")[1]["code"] == "exam_unknown"
    assert {one.name for one in tmp_path.iterdir() if one.suffix in (".kwa", ".draft")} == {
        "whole.kwa",
        "open.kwa",
    }


@pytest.mark.parametrize("post", ["county_officer", "site_chief", "auditor"])
def test_only_the_city_makes_the_archive(over, as_post, post):
    client = as_post(post)
    assert client.get(reverse("archive", args=[over])).status_code == 200
    assert client.post(reverse("archive_make", args=[over])).status_code == 403
    assert client.post(reverse("archive_copy", args=[over])).status_code == 403
    assert not Job.objects.exists()
