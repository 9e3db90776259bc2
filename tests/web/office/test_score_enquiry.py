"""What candidates see: nothing before the hour, then their own score, its proof, a recheck and its answer."""

import json

import pytest
from click.testing import CliRunner
from django.contrib.auth.models import AnonymousUser
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from tests.small_exam import CITY
from tests.web.conftest import PASSWORD
from tests.web.exam_day import EXAM
from tests.web.scored import exam_day, scored  # noqa: F401
from tools.verify_archive import judge

from kaowu.cli.scores import command
from kaowu.engines.ledger.verify import verify_archive
from kaowu.loop.demands import usual_demand
from kaowu.loop.settle.score_rows import ScoreProof, ScoreRow, leaf_of
from kaowu.store import artefacts, score_rows
from kaowu.store.models import AccessLog
from kaowu.store.queries import scores as record
from kaowu.web.counter import book
from kaowu.web.node_key import verifying_key
from kaowu.web.portal.attempts import MISSES_BY_ADDRESS, MISSES_BY_NUMBER, WINDOW, is_shut, note_miss
from kaowu.web.works import score_answers
from kaowu.web.works.archive import close_archive


def own_page(client):
    return client.get(reverse("enquiry_score", args=[EXAM])).content.decode()


def proof_of(client):
    answer = client.get(reverse("enquiry_file", args=[EXAM, "proof.json"]))
    return json.loads(answer.content)


@pytest.mark.feature("POST-03")
def test_before_the_hour_nobody_is_looked_up(scored, monkeypatch):  # noqa: F811
    scored.ready()
    scored.approve()
    scored.release()
    monkeypatch.setattr(score_answers, "identify", lambda *given: pytest.fail("somebody was looked up"))
    answer = scored.look_up(scored.tickets[1], "000102")
    page = answer.content.decode()
    assert answer.status_code == 200 and "6月25日" in page and '<form class="panel' not in page
    state = record.scores(EXAM)
    known = score_answers.Known(scored.tickets[1], "", "")
    assert score_answers.told(EXAM, known, state) is None
    scored.set_clock(6, 25, 9, 59)
    assert score_answers.told(EXAM, known, state) is None


@pytest.mark.feature("POST-03")
def test_a_candidate_sees_the_own_score_and_nobody_elses(scored):  # noqa: F811
    scored.published()
    page = own_page(scored.let_in(scored.tickets[1]))
    assert "85" in page and "165" in page and "买○○" in page
    assert "买买提" not in page and scored.tickets[2] not in page
    page = own_page(scored.let_in(scored.tickets[0]))
    assert "缺考" in page and ">80<" in page
    assert own_page(Client()) == ""  # nobody was let in: back to the form


@pytest.mark.feature("POST-03")
def test_a_wrong_number_and_a_wrong_document_get_the_same_answer(scored):  # noqa: F811
    scored.published()

    def said(number, last):
        page = scored.look_up(number, last).content.decode()
        return page[page.index('role="alert"') : page.index("<label")]

    assert said(scored.tickets[1], "999999") == said("27040200109999", "000102")


@pytest.mark.feature("POST-03")
def test_after_five_wrong_tries_even_the_right_document_waits(scored):  # noqa: F811
    scored.published()
    for _ in range(MISSES_BY_NUMBER):
        assert scored.look_up(scored.tickets[1], "999999").status_code == 422
    shut = scored.look_up(scored.tickets[1], "000102")
    assert shut.status_code == 422 and "15 分钟" in shut.content.decode()
    assert scored.look_up(scored.tickets[2], "000103").status_code == 302


@pytest.mark.django_db
def test_misses_are_counted_by_number_and_address_for_all_processes_and_forgotten_in_time(rf, monkeypatch):
    request = rf.post("/", REMOTE_ADDR="10.0.0.1")
    request.user = AnonymousUser()
    for number in range(MISSES_BY_ADDRESS):
        assert not is_shut(EXAM, str(number), "10.0.0.1")
        note_miss(request, EXAM, str(number))
    assert is_shut(EXAM, "new", "10.0.0.1")
    note_miss(request, EXAM, "370402199912310417")  # a document number in the wrong field
    assert not any("370402199912310417" in str(vars(row)) for row in AccessLog.objects.all())
    assert not is_shut(EXAM, "new", "10.0.0.2")
    later = timezone.now() + WINDOW
    monkeypatch.setattr(timezone, "now", lambda: later)
    assert not is_shut(EXAM, "new", "10.0.0.1")


def test_a_cookie_that_was_changed_opens_nothing(scored):  # noqa: F811
    scored.published()
    client = scored.let_in(scored.tickets[1])
    kept = client.cookies["enquiry"].value
    client.cookies["enquiry"] = kept.replace(scored.tickets[1], scored.tickets[2])
    assert own_page(client) == ""
    assert client.get(reverse("enquiry_file", args=[EXAM, "proof.json"])).status_code == 404


@pytest.mark.feature("POST-03")
def test_counties_open_one_after_another_and_a_release_can_be_stopped(scored):  # noqa: F811
    from kaowu.store.models import Candidate

    Candidate.objects.filter(exam_id=EXAM, number__in=scored.day.tickets()).update(county="370402")
    Candidate.objects.filter(exam_id=EXAM, number__in=scored.day.tickets(scored.day.next_room)).update(
        county="370403"
    )
    scored.ready()
    scored.approve()
    assert scored.release(counties=["370402"]).status_code == 302
    assert scored.release(counties=["370403"], opens_at="2027-06-25T14:00").status_code == 302
    scored.set_clock(6, 25, 10, 1)
    north, south = scored.let_in(scored.tickets[1]), scored.let_in(scored.tickets[6])
    assert "165" in own_page(north) and own_page(south) == ""
    scored.set_clock(6, 25, 14, 0)
    assert "165" in own_page(south)
    scored.browser("qian").post(reverse("scores_stop", args=[EXAM, 1]), {"reason": "查询拥堵"})
    assert own_page(north) == "" and "165" in own_page(south)


@pytest.mark.feature("POST-03")
def test_a_certificate_leads_to_the_root_on_record(scored):  # noqa: F811
    scored.published()
    client = scored.let_in(scored.tickets[1])
    proof = ScoreProof.from_plain(proof_of(client))
    assert proof.holds and proof.root == record.scores(EXAM).frozen.root
    forged = {**proof.to_plain(), "row": [scored.tickets[1], [["语文", "scored", 9900, []]], 9900]}
    assert not ScoreProof.from_plain(forged).holds
    paper = client.get(reverse("enquiry_file", args=[EXAM, "certificate.pdf"]))
    assert paper.content.startswith(b"%PDF")


def checked(tmp_path, file, *options):
    """`kaowu scores check` over a file, and what it says."""
    path = tmp_path / "proof.json"
    path.write_text(json.dumps(file, ensure_ascii=False), encoding="utf-8")
    answer = CliRunner().invoke(command, ["check", str(path), *options, "--json"])
    return answer.exit_code, json.loads(answer.output)


@pytest.mark.feature("POST-03")
def test_anybody_checks_a_file_by_the_published_root_or_by_the_journals_key(scored, tmp_path):  # noqa: F811
    scored.published()
    book().checkpoint()
    file = proof_of(scored.let_in(scored.tickets[1]))
    root = record.scores(EXAM).frozen.root.hex()
    code, said = checked(tmp_path, file, "--root", root)
    assert (code, said["scores"]) == (0, {"语文": "85", "数学": "80"}), said["checks"]
    assert checked(tmp_path, file)[0] == 1  # nothing from elsewhere to judge it by
    assert checked(tmp_path, file, "--root", "00" * 32)[0] == 1
    assert checked(tmp_path, {**file, "row": [scored.tickets[1], [], 0]}, "--root", root)[0] == 1
    key = verifying_key().to_text()
    code, said = checked(tmp_path, file, "--key", key)
    assert code == 0 and {one["name"]: one["state"] for one in said["checks"]}["journal"] == "good"
    correct(scored, scored.tickets[1], after="86", cause="own_finding")
    book().checkpoint()
    file = proof_of(scored.let_in(scored.tickets[1]))
    code, said = checked(tmp_path, file, "--key", key)
    assert (code, said["scores"]["语文"]) == (0, "86")
    assert checked(tmp_path, file, "--root", root)[0] == 1  # a correction needs the journal
    file["corrected"]["row"][1][0][2], file["corrected"]["row"][2] = 9900, 17900
    assert checked(tmp_path, file, "--key", key)[0] == 1


def ask(client, subject="语文", scope=("addition", "missed_points")):
    return client.post(
        reverse("enquiry_score", args=[EXAM]), {"subject": subject, "scope": scope, "remark": "请核对作文"}
    )


def correct(scored, ticket, after="86", **more):  # noqa: F811
    scored.browser("sun")
    signed = {"own_password": PASSWORD, "second_number": "sun", "second_password": PASSWORD}
    given = {"after": after, "cause": "recheck", "reason": "作文漏加一分", **signed, **more}
    address = reverse("score_correct", args=[EXAM, ticket, "语文"])
    return scored.browser("qian").post(f"{address}?request=R00001", given)


@pytest.mark.feature("POST-03")
def test_a_recheck_is_asked_answered_by_two_and_corrected_with_the_old_value_kept(scored):  # noqa: F811
    scored.published()
    ticket = scored.tickets[1]
    client = scored.let_in(ticket)
    before = ScoreProof.from_plain(proof_of(client))
    neighbour = ScoreProof.from_plain(proof_of(scored.let_in(scored.tickets[2])))
    assert ask(client, scope=("too_strict",)).status_code == 422
    assert ask(client).status_code == 302
    assert ask(client).status_code == 422  # once for a subject
    said = {"outcome": "corrected", "reply": "作文漏加 1 分，已更正。"}
    assert scored.post("score_recheck", "R00001", by="qian", second="sun", **said).status_code == 422
    assert correct(scored, ticket, after="101").status_code == 422  # of 100
    assert correct(scored, ticket, second_number="qian").status_code == 422  # one person is not two
    assert correct(scored, ticket).status_code == 302
    assert scored.post("score_recheck", "R00001", by="qian", second="sun", **said).status_code == 302
    page = own_page(client)
    assert "86" in page and "166" in page and "作文漏加 1 分" in page
    [fact] = record.scores(EXAM).corrections[ticket]
    assert (fact.before, fact.after, fact.request) == ("85", "86", "R00001")
    shown = proof_of(client)
    assert ScoreProof.from_plain(shown) == before and before.holds
    row = ScoreRow.from_plain(shown["corrected"]["row"])
    assert row.of("语文").points == 8600
    assert leaf_of(EXAM, row, bytes.fromhex(shown["corrected"]["salt"])) == fact.leaf
    assert ScoreProof.from_plain(proof_of(scored.let_in(scored.tickets[2]))) == neighbour


@pytest.mark.feature("POST-03")
def test_after_the_deadline_no_recheck_is_taken(scored):  # noqa: F811
    scored.published()
    client = scored.let_in(scored.tickets[1])
    scored.set_clock(6, 28, 17, 1)
    assert "申请复核</summary>" not in own_page(client)
    assert ask(client).status_code == 422
    assert not record.scores(EXAM).rechecks


def test_one_candidate_is_erased_and_every_other_proof_holds(scored):  # noqa: F811
    scored.published()
    gone, kept = scored.tickets[1], scored.tickets[2]
    assert scored.post("score_erase", gone, by="qian", second="qian", reason="保留期满").status_code == 422
    assert (
        scored.post(
            "score_erase", gone, by="qian", second="sun", reason="保留期满", retained="on"
        ).status_code
        == 302
    )
    state = record.scores(EXAM)
    assert score_rows.find(EXAM, state.frozen.root, gone) is None
    assert own_page(scored.let_in(gone)) == ""
    assert ScoreProof.from_plain(proof_of(scored.let_in(kept))).holds
    page = (
        scored.browser("qian")
        .get(reverse("score_candidate", args=[EXAM]), {"candidate": gone})
        .content.decode()
    )
    assert "已清除" in page


@pytest.mark.feature("X-01", "POST-15")
def test_an_archive_with_published_and_corrected_scores_is_accepted_by_both_verifiers(scored, tmp_path):  # noqa: F811
    scored.published()
    assert correct(scored, scored.tickets[1], after="86", cause="own_finding").status_code == 302
    assert correct(scored, scored.tickets[1], after="87", cause="own_finding").status_code == 302
    frozen = record.scores(EXAM).frozen
    closed = close_archive(EXAM, tmp_path / "day.kwa", CITY)
    content = closed.path.read_bytes()
    assert artefacts.read(frozen.leaves) in content
    with closed.path.open("rb") as source:
        assert verify_archive(source, [verifying_key()], demand_of=usual_demand).first_bad is None
        source.seek(0)
        assert judge(source, verifying_key().to_text())["first_bad"] is None
