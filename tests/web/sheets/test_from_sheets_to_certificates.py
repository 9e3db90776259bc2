"""The whole way of a written sheet: scanned and judged at the site, scored above, published, proven by the candidate."""

import json

import pytest
from click.testing import CliRunner
from django.urls import reverse
from tests.web.conftest import PASSWORD
from tests.web.exam_day import EXAM
from tests.web.scored import MATHS, Scored
from tests.web.sheets.below import below, disk  # noqa: F401
from tests.web.sheets.conftest import SUBJECT
from tests.web.sheets.test_reviewing_marks import REVIEW, TOKEN, say, truth
from tests.web.sheets.test_scores_of_scanned_sheets import KEYS

from kaowu.cli.scores import command
from kaowu.engines.omr.trial.ink import Mark
from kaowu.facts.entry import CandidateAbsent
from kaowu.store.models import Candidate, Checkpoint
from kaowu.store.queries import scores as record
from kaowu.web.counter import book

ROOMS = ("001", "002")
CAME = {"001": (1, 2), "002": (1,)}


@pytest.fixture
def at_once(settings):
    """Long work is done while the page is asked for."""
    settings.TASKS = {"default": {"BACKEND": "django_tasks.backends.immediate.ImmediateBackend"}}


def receive(bags, work):
    """Both bags: the three fields, the scan, the seal by two, the handover between two."""
    keeper = bags.day.browser("vault_keeper")
    faint = {("001", 1): {"q2": Mark.FAINT}, ("001", 2): {"q3": Mark.FAINT}}
    for room in ROOMS:
        assert bags.check(keeper, room, subject="数学").status_code == 422
        files = {
            f"{seat}.jpg": bags.sheet(
                seat, room, looks=faint.get((room, seat), {}), answers={"q1": "A"} if room == "002" else {}
            )
            for seat in CAME[room]
        }
        bags.scan(keeper, work, files, room)
    assert bags.seal(keeper, *ROOMS).status_code == 302
    signed = {"own_password": PASSWORD, "second_number": "site-chief-1", "second_password": PASSWORD}
    given = {"room": ROOMS, "to": "枣庄市教育招生考试院", "seal": "F-7", **signed}
    assert keeper.post(f"{bags.base}hand-over-bags/", given).status_code == 302
    assert [bags.view(room).stage for room in ROOMS] == ["handed_over"] * 2


def judge(bags, deputy):
    """Two of the site see crops and nothing else; on one mark they differ, and its chief decides."""
    keeper, chief = bags.day.browser("vault_keeper"), bags.day.browser("site_chief")
    second = bags.view().account.seats[1].pages[0].read.page
    token = TOKEN.findall(keeper.get(REVIEW).content.decode())[0]
    assert keeper.get(f"{REVIEW}crop/{token}.png").content.startswith(b"\x89PNG")
    say(keeper, "vault-keeper-1", truth)
    say(deputy, "deputy-1", lambda one: "-" if (one.page, one.field) == (second, "q3") else truth(one))
    assert [line.undecided for line in bags.view().account.seats[:2]] == [0, 1]
    assert keeper.get(REVIEW + "disputes/").status_code == 403
    assert say(chief, "site-chief-1", truth, "decide").status_code == 302
    assert bags.view().account.undecided == 0


@pytest.mark.feature("PAP-24", "PAP-25", "PAP-26", "POST-01", "POST-03")
def test_a_sheet_scanned_at_the_site_ends_as_a_certificate_that_anybody_checks(
    below,  # noqa: F811
    bags,
    at_once,
    work,
    as_post,
    tmp_path,
):
    for room, county in zip(ROOMS, ("370402", "370403"), strict=True):
        numbers = [bags.number(seat, room) for seat in range(1, 6)]
        Candidate.objects.filter(exam_id=EXAM, number__in=numbers).update(county=county)
    deputy = as_post("deputy_site_chief", number="deputy-1")
    with below.at_work():
        for room, key in zip(ROOMS, (bags.day.room, bags.day.next_room), strict=True):
            for seat in set(range(1, 6)) - set(CAME[room]):
                absent = CandidateAbsent(admission_number=bags.number(seat, room))
                bags.day.record(absent, "chief_invigilator", at=bags.day.at(30), room=key)
        bags.day.at(210)
        receive(bags, work)
        judge(bags, deputy)
        assert below.send().settled
    assert set(below.arrive()) == {200}

    office = Scored(bags.day, as_post, {})
    office.set_clock(6, 20, 9)
    plan = {"parts": "选择 | 答题卡 | 1-15", "keys0": KEYS, "rounded_to": "1"}
    assert office.post("score_plan_approve", SUBJECT, **plan).status_code == 302
    assert office.post("score_plan_approve", "数学", **MATHS).status_code == 302
    assert office.take(office.import_maths()).status_code == 302
    assert office.freeze().status_code == 302
    frozen = record.scores(EXAM).frozen
    assert (frozen.scored, frozen.absent, frozen.waiting) == (3 + 10, 7, 0)
    assert office.post("scores_approve", by="zhang", second="sun").status_code == 422, "zhang froze them"
    assert office.approve().status_code == 302
    assert office.release(counties=["370402"]).status_code == 302
    assert office.release(counties=["370403"], opens_at="2027-06-25T14:00").status_code == 302

    def seen(client):
        return client.get(reverse("enquiry_score", args=[EXAM])).content.decode()

    office.set_clock(6, 25, 10, 1)
    north, south = office.let_in(bags.number(2)), office.let_in(bags.number(1, "002"))
    assert ">100<" in seen(north) and "180" in seen(north), "what the third person decided is right"
    assert seen(south) == "", "the other county is not open yet"
    office.set_clock(6, 25, 14, 1)
    assert ">95<" in seen(south) and "175" in seen(south)

    book().checkpoint()
    published, proof = tmp_path / "checkpoint.txt", tmp_path / "proof.json"
    published.write_text(Checkpoint.objects.latest("size").note)
    file = north.get(reverse("enquiry_file", args=[EXAM, "proof.json"])).content

    def checked(content, checkpoint=published):
        proof.write_bytes(content)
        said = CliRunner().invoke(command, ["check", str(proof), "--checkpoint", str(checkpoint), "--json"])
        return said.exit_code, json.loads(said.output)

    code, said = checked(file)
    assert (code, said["scores"]) == (0, {"语文": "100", "数学": "80"}), said["checks"]
    altered = json.loads(file)
    altered["row"][1][1][2] = 9_900
    assert checked(json.dumps(altered).encode())[0] == 1
    other = tmp_path / "other.txt"
    other.write_text(Checkpoint.objects.earliest("size").note)
    assert checked(file, other)[0] == 1, "a checkpoint from before the freeze vouches for nothing"
