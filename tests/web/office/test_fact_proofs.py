"""Proofs of single facts and roots on paper, as officers work the pages."""

import re

import pytest
from django.urls import reverse
from tests.web.exam_day import EXAM, exam_day
from tools import verify_archive

from kaowu.engines.ledger.fact_proof import FactProof
from kaowu.engines.ledger.fact_verdict import judge_proof
from kaowu.facts.anchors import RootCompared, RootDeposited
from kaowu.store.models import AccessLog, Checkpoint, JournalEntry
from kaowu.web.counter import book
from kaowu.web.node_key import verifying_key

__all__ = ["exam_day"]

pytestmark = pytest.mark.django_db


@pytest.fixture
def fact(exam_day):
    """A fact of the exam day, under a signed checkpoint."""
    book().checkpoint()
    return JournalEntry.objects.filter(exam=EXAM).order_by("index").last()


def address(name, fact):
    return reverse(name, args=[EXAM, fact.index])


@pytest.mark.feature("X-01", "PAP-22")
def test_an_officer_hands_out_a_proof_that_an_outsider_accepts(fact, as_post):
    officer = as_post("city_officer")
    assert address("fact_proof", fact) in officer.get(reverse("exam_timeline", args=[EXAM])).content.decode()
    text = officer.get(address("fact_proof", fact)).content.decode()
    assert "下载证明" in text and str(fact.fact_id) in text and "st3" not in text.partition("<main")[2]
    content = officer.get(address("fact_proof_file", fact)).content
    assert len(content) <= 4096
    policy = officer.get(reverse("fact_policy")).content.decode()
    assert verifying_key().to_text() in policy
    verdict = judge_proof(FactProof.from_bytes(content), keys=[verifying_key()])
    assert verdict.ok and {one.name: one.state for one in verdict.checks}["device"] == "good"
    outside = verify_archive.judge_fact(content, policy=verify_archive.Policy(policy))
    assert outside["ok"] and outside["index"] == fact.index
    page = officer.get(reverse("fact_verifier")).content.decode()
    assert "单条记录核验" in page and "考试" in page
    assert AccessLog.objects.filter(outcome="exported", permission="journal.see").exists()


def test_the_codes_for_print_are_the_file(fact, as_post):
    from kaowu.web.qr_codes import in_parts

    officer = as_post("city_officer")
    text = officer.get(address("fact_proof", fact)).content.decode()
    content = officer.get(address("fact_proof_file", fact)).content.decode()
    assert text.count('class="qr"') == len(in_parts(content))


def test_a_fact_is_looked_up_by_number_or_id_and_only_within_the_exam_and_scope(fact, as_post):
    officer = as_post("city_officer")
    search = reverse("fact_proof_search", args=[EXAM])
    for named in (fact.index, fact.fact_id):
        assert officer.get(search, {"fact": named}).url == address("fact_proof", fact)
    for unknown in ("99999999", "nonsense", "00000000-0000-7000-8000-000000000000"):
        assert officer.get(search, {"fact": unknown}).status_code == 404
    other = JournalEntry.objects.exclude(exam=EXAM).first()
    if other is not None:
        assert officer.get(address("fact_proof", other)).status_code == 404


@pytest.mark.parametrize("post", ["site_chief", "screener", "system_administrator"])
def test_posts_without_the_journal_get_no_proof(fact, as_post, post):
    assert as_post(post).get(address("fact_proof_file", fact)).status_code == 403


def test_a_fact_that_no_checkpoint_covers_gets_one_on_request(exam_day, as_post):
    Checkpoint.objects.all().delete()
    fact = JournalEntry.objects.filter(exam=EXAM).order_by("index").last()
    officer = as_post("city_officer")
    assert "立即签发校验点" in officer.get(address("fact_proof", fact)).content.decode()
    assert officer.get(address("fact_proof_file", fact)).status_code == 404
    assert officer.post(address("fact_proof_cover", fact)).status_code == 302
    assert officer.get(address("fact_proof_file", fact)).status_code == 200


@pytest.mark.feature("PAP-22")
def test_a_printed_root_is_handed_over_and_compared_again_by_typing_it(fact, as_post):
    auditor = as_post("city_officer")
    page = reverse("paper_anchor", args=[EXAM])
    text = auditor.get(page).content.decode()
    groups = re.findall(r"<li>([0-9A-F]{4})</li>", text)
    size = int(re.search(r'name="size" value="(\d+)"', text).group(1))
    assert len(groups) == 16 and 'class="qr"' in text and "纪检" in text
    deposit = reverse("paper_anchor_deposit", args=[EXAM])
    assert auditor.post(deposit, {"size": size, "holder": "市纪委监委驻教育局组"}).status_code == 302
    assert JournalEntry.objects.filter(kind=RootDeposited.kind.name).count() == 1
    assert "市纪委监委驻教育局组" in auditor.get(page).content.decode()
    compare = reverse("paper_anchor_compare", args=[EXAM])
    typed = {"size": f"{size:,}", "root": " ".join(groups).lower(), "holder": "市纪委"}
    assert "的树根一致" in auditor.post(compare, typed).content.decode()
    slip = typed | {"root": " ".join(["0000" if groups[0] != "0000" else "1111", *groups[1:]])}
    said = auditor.post(compare, slip).content.decode()
    assert "的树根不一致" in said and "不同的组：1。" in said
    assert "没有" in auditor.post(compare, typed | {"size": "999999"}).content.decode()
    assert auditor.post(compare, typed | {"root": "12"}).status_code == 422
    outcomes = [
        bytes(row.entry) for row in JournalEntry.objects.filter(kind=RootCompared.kind.name).order_by("index")
    ]
    assert [next(w for w in (b"agrees", b"differs", b"too_long") if w in one) for one in outcomes] == [
        b"agrees",
        b"differs",
        b"too_long",
    ]


def test_a_rewritten_journal_no_longer_has_the_root_that_was_printed(fact, as_post):
    officer = as_post("city_officer")
    text = officer.get(reverse("paper_anchor", args=[EXAM])).content.decode()
    groups = re.findall(r"<li>([0-9A-F]{4})</li>", text)
    size = int(re.search(r'name="size" value="(\d+)"', text).group(1))
    JournalEntry.objects.filter(pk=1).update(leaf_hash=bytes(32))
    typed = {"size": size, "root": "".join(groups), "holder": "纪检"}
    said = officer.post(reverse("paper_anchor_compare", args=[EXAM]), typed).content.decode()
    assert "的树根不一致" in said


def test_only_whoever_answers_for_the_exam_hands_roots_over(fact, as_post):
    deposit = reverse("paper_anchor_deposit", args=[EXAM])
    chief = as_post("site_chief")
    assert chief.post(deposit, {"size": 1, "holder": "x"}).status_code == 403
    assert chief.get(reverse("paper_anchor", args=[EXAM])).status_code == 200
