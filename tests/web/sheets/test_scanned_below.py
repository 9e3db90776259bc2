"""Sheets scanned at the site are scored at the node above: readings and opinions go up sealed, images stay."""

import json
import zlib
from dataclasses import replace

import pytest
from django.conf import settings as live
from django.db import transaction
from tests.web.exam_day import EXAM
from tests.web.nodes.test_bundles import PAIR
from tests.web.sheets.below import below, disk, disk_in, is_beside, is_entry, knock  # noqa: F401
from tests.web.sheets.conftest import ANSWERS, SUBJECT
from tests.web.sheets.test_reviewing_marks import people, say, truth  # noqa: F401
from tests.web.sheets.test_scores_of_scanned_sheets import KEYS

from kaowu.basics import canonical
from kaowu.basics.errors import Refused
from kaowu.basics.ids import digest
from kaowu.edge.carriers import ADD_PERSONAL
from kaowu.engines.omr.trial.ink import Mark
from kaowu.engines.scores import State
from kaowu.engines.sync.log_copy import LogCopy
from kaowu.facts.envelope import Actor
from kaowu.facts.record import FactWithdrawn
from kaowu.rules.registry import judge
from kaowu.store import arrivals, artefacts, log_copies
from kaowu.store.models import Arrival, Artefact, ErasedRecord, MirroredLog, MirroredPersonal, Upstream
from kaowu.store.personal_held import LARGEST_READINGS, readings_of
from kaowu.store.personal_up import Boxes, seal_one, seal_readings
from kaowu.store.queries.answers import final_answers
from kaowu.web.counter import clock, record
from kaowu.web.node_key import mirror_key, node_card, opening_key, origin
from kaowu.web.works import bundles, score_plans, sheet_review, sheet_scans
from kaowu.web.works.score_totals import standings, work_out

OFFICERS = Actor("city-1", "city_officer"), Actor("city-2", "city_officer")
AT_SITE = Actor("site-chief-1", "site_chief"), Actor("site-chief-2", "deputy_site_chief")


@pytest.fixture
def scanned(below, bags, work, people):  # noqa: F811
    """Two sheets of a bag were scanned, judged by two and sealed at the site; what its scores are there."""
    plan = score_plans.read(SUBJECT, "选择 | 答题卡 | 1-15", {"": KEYS}, 1)
    score_plans.approve(EXAM, plan, OFFICERS)
    keeper = bags.day.browser("vault_keeper")
    with below.at_work():
        bags.scan_two(keeper, work)
        for person in ("r-1", "r-2"):
            say(people[person], person, truth)
        assert bags.seal(keeper).status_code == 302
        below.stick = bundles.make_up(node_card().name, PAIR).content
        below.sent = below.send()
        Upstream.objects.update(personal_size=0)  # the link was cut before anything beside went
        below.late_stick = bundles.make_up(node_card().name, PAIR).content
        below.scores = scores()
        below.readings = artefacts.read(Artefact.objects.get(kind="sheet_readings").digest)
    assert below.sent.settled, below.sent
    return below


def scores():
    return {row.candidate: row.to_plain() for row in work_out(EXAM).rows}


def states():
    return {row.candidate[-5:]: row.of(SUBJECT).state for row in work_out(EXAM).rows}


def test_the_node_above_scores_as_the_site_does(scanned, bags):
    scanned.arrive(is_entry)
    assert states()["00101"] == State.NOT_HERE, "scanned and sealed there; what was read is not here"
    before = standings(EXAM)
    assert set(scanned.arrive(is_beside)) == {200}
    assert scores() == scanned.scores
    assert states()["00101"] == State.SCORED and states()["00102"] == State.SCORED
    assert standings(EXAM) != before
    first = next(one for one in final_answers(EXAM, SUBJECT) if one.candidate == bags.number(1))
    assert (first.undecided, first.fields["q2"]) == (0, ANSWERS["q2"])
    assert set(Artefact.objects.values_list("kind", flat=True)) >= {"sheet_readings"}
    assert not Artefact.objects.filter(kind="sheet_image").exists()


def test_readings_that_were_changed_are_refused_in_words_and_nothing_of_the_request_is_kept(scanned):
    scanned.arrive(is_entry)
    [(_endpoint, good)] = [one for one in scanned.link.requests if is_beside(one[0])]
    sent, key = Boxes.from_bytes(good), opening_key().box_key
    [(seq, _box)] = sent.readings
    content = zlib.compress(scanned.readings)
    for wrong in (
        seal_readings(key, sent.origin, seq, zlib.compress(scanned.readings.replace(b'"A"', b'"B"', 1))),
        seal_readings(key, sent.origin, seq, zlib.compress(scanned.readings + bytes(LARGEST_READINGS))),
        seal_readings(key, sent.origin, seq, content[:-9]),
        seal_readings(key, sent.origin, seq, b""),
        seal_readings(key, "another/1", seq, content),
        seal_one(key, sent.origin, seq, b"", content),
    ):
        answer = knock(ADD_PERSONAL, replace(sent, readings=[(seq, wrong)]).to_bytes())
        said = json.loads(answer.body)
        assert (answer.status, said["code"]) == (422, "readings_unproven")
        assert "摘要不符" in said["sentence"]["zh"] and "digest" in said["sentence"]["en"]
    beside_another = replace(sent, readings=[(seq - 1, seal_readings(key, sent.origin, seq - 1, content))])
    assert knock(ADD_PERSONAL, beside_another.to_bytes()).status == 422
    for no_list in (b"", b"\x01", canonical.encode({1: sent.origin, 2: 1, 3: [[0, 1 << 40]], 4: []})):
        assert json.loads(knock(ADD_PERSONAL, no_list).body)["code"] == "request_unreadable"
    assert not Artefact.objects.filter(kind="sheet_readings").exists()
    assert not MirroredPersonal.objects.exists(), "opinions in the same request wait with it"
    assert [knock(ADD_PERSONAL, good).body for _ in range(2)][1] == b"0\n", "the second time nothing is new"
    assert scores() == scanned.scores


def test_the_node_above_says_where_the_images_are_and_leaves_to_it_what_needs_them(scanned, bags, people):  # noqa: F811
    scanned.arrive()
    officer = people["r-3"]
    assert "识别结果已在本机，原始图像在那里" in officer.get(f"{bags.base}001/").content.decode()
    named = bags.view().pages[0].page.hex()
    assert officer.get(f"{bags.base}001/page/{named}.png").status_code == 404
    assert sheet_review.pile(EXAM, SUBJECT, "r-3", lambda site: True) == []
    assert "待其他节点判读" in officer.get(f"/office/sheet-review/{EXAM}/").content.decode()
    view = bags.view()
    with pytest.raises(Refused, match="scanned_elsewhere"):
        sheet_scans.seal(replace(view, bag=replace(view.bag, sealed=None)), OFFICERS, "")


def test_a_bag_that_a_site_reads_is_not_read_here_too_unless_that_is_withdrawn(below, bags, work, people):  # noqa: F811
    keeper, officer = bags.day.browser("vault_keeper"), people["r-3"]
    with below.at_work():
        bags.scan(keeper, work, {"1.jpg": bags.sheet(1)})
        assert below.send().settled
    below.arrive()
    shown = officer.get(f"{bags.base}001/").content.decode()
    assert "补扫" not in shown and "看图" not in shown and "判读可疑填涂" not in shown
    refused = bags.upload(officer, {"1.jpg": bags.sheet(1, looks={"q1": Mark.FAINT})})
    assert refused.status_code == 422 and "在别的节点扫描" in refused.content.decode()
    scan = Arrival.objects.get(kind="sheets_scanned")
    room = str(bags.view().key)
    withdrawn = FactWithdrawn(withdrawn=str(scan.fact_id), reason="那台机器已损毁。")
    record(withdrawn, *AT_SITE, exam=EXAM, subject=room, site=bags.day.site)
    assert bags.upload(officer, {"1.jpg": bags.sheet(1)}).status_code == 302 and work().state == "done"
    view = bags.view()
    assert len(view.bag.scans) == 1 and not view.scanned_elsewhere and len(view.pages) == 1


def test_a_site_that_is_built_anew_gets_its_readings_with_the_copy_of_its_log(scanned, settings, tmp_path):
    with transaction.atomic():
        scanned.arrive()
        copy = LogCopy.from_bytes(log_copies.copy_of(origin(), live.IDENTITY.organisation).to_bytes())
        transaction.set_rollback(True)
    MirroredLog.objects.all().delete()
    settings.DATA = disk_in(tmp_path / "new")
    log_copies.take_in(copy, mirror_key().verifying, clock)
    assert artefacts.read(digest(scanned.readings)) == scanned.readings


@pytest.mark.parametrize(
    "kept_as", [{"kind": "roster"}, {"exam": "other"}, {"name": "scores/S/040301/001"}], ids=str
)
def test_a_log_that_binds_what_is_not_its_bags_readings_is_not_given_it_with_its_copy(scanned, kept_as):
    with transaction.atomic():
        scanned.arrive()
        log = MirroredLog.objects.get(origin=origin())
        assert readings_of(log, log.size)
        Artefact.objects.filter(digest=digest(scanned.readings)).update(**kept_as)
        assert readings_of(log, log.size) == []
        transaction.set_rollback(True)


def test_a_unit_is_not_given_readings_of_another_units_site(scanned):
    with transaction.atomic():
        scanned.arrive()
        log = MirroredLog.objects.get(origin=origin())
        log.organisation = "370403"
        assert readings_of(log, log.size) == []
        transaction.set_rollback(True)


def test_a_stick_brings_readings_as_the_link_does_and_twice_is_harmless(scanned):
    for _time in range(2):
        bundles.take(scanned.stick, PAIR)
    while arrivals.read_on(clock, judge):
        continue
    assert scores() == scanned.scores
    assert Artefact.objects.filter(kind="sheet_readings").count() == 1


def test_a_stick_brings_what_lies_beside_records_that_the_link_has_brought(scanned):
    scanned.arrive(is_entry)
    assert bundles.take(scanned.late_stick, PAIR).new == 0
    assert scores() == scanned.scores


def test_readings_whose_keeping_was_undone_after_their_bytes_were_written_are_kept_by_the_next_request(
    scanned,
):
    scanned.arrive(is_entry)
    with transaction.atomic():
        scanned.arrive(is_beside)
        transaction.set_rollback(True)
    assert artefacts.holds(digest(scanned.readings)), "bytes on a disk are not undone"
    scanned.arrive(is_beside)
    assert Artefact.objects.filter(kind="sheet_readings").count() == 1


def test_readings_of_a_record_that_was_erased_do_not_come_back(scanned):
    scanned.arrive(is_entry)
    scan = Arrival.objects.get(kind="sheets_scanned")
    ErasedRecord.objects.create(fact_id=scan.fact_id, erased_by=scan.log.origin)
    scanned.arrive(is_beside)
    assert not Artefact.objects.filter(kind="sheet_readings").exists()
    assert states()["00101"] == State.NOT_HERE


def test_where_personal_fields_stay_at_the_site_readings_do_too(below, bags, work):  # noqa: F811
    keeper = bags.day.browser("vault_keeper")
    with below.at_work():
        bags.scan(keeper, work, {"1.jpg": bags.sheet(1)})
        assert below.send(may_personal_go=False).settled
        assert Upstream.objects.get().personal_size == Upstream.objects.get().cosigned_size
    assert not any(is_beside(endpoint) for endpoint, _body in below.link.requests)
