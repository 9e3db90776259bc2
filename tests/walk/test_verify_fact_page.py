"""The page that verifies one fact, opened from a file in a real browser, with no network."""

import base64

import pytest
from tests.inner.engines.ledger.small_proofs import small_log

from kaowu.basics.suites import INTERNATIONAL, SUITES
from kaowu.engines.ledger.fact_proof import FactProof, FactProofRefused
from kaowu.engines.ledger.fact_verdict import judge_proof
from kaowu.engines.ledger.policy import Policy
from kaowu.web.verifier import page_with_words

BY_TERMINAL, LAST_OF_RUN, OF_TWO = 3, 6, 7
ASK = "async ([proof, policy, kept]) => { const found = await verify(proof, policy, kept); return [isAccepted(found.checks), Object.fromEntries(found.checks.map(c => [c.name, c.state]))]; }"


@pytest.fixture(scope="module")
def page(browser, tmp_path_factory):
    """The page as an outsider opens it; a request to anywhere or an error of the page fails the test."""
    file = tmp_path_factory.mktemp("outsider") / "核验.html"
    file.write_bytes(page_with_words())
    context = browser.new_context(offline=True)
    page, complaints = context.new_page(), []
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.on("console", lambda said: complaints.append(said.text) if said.type == "error" else None)
    page.on(
        "request", lambda request: complaints.append(request.url) if request.url != file.as_uri() else None
    )
    page.goto(file.as_uri())
    yield page
    assert complaints == []
    context.close()


@pytest.fixture(scope="module", params=SUITES.values(), ids=SUITES)
def log(request):
    return small_log(request.param)


@pytest.mark.feature("X-01", "X-14", "PAP-22")
def test_an_outsider_accepts_a_good_proof_with_the_keyboard_and_reads_what_it_says(page, log, tmp_path):
    file = tmp_path / "fact.tlog-proof"
    file.write_bytes(log.proof(BY_TERMINAL, personal=True).to_bytes())
    page.set_input_files("#proof-file", file)
    page.wait_for_function("document.getElementById('proof').value !== ''")
    page.fill("#policy", log.policy())
    page.fill("#kept", log.note().to_bytes().decode())
    page.focus("#go")
    page.keyboard.press("Enter")
    page.wait_for_selector("html[data-verdict]")
    said = page.inner_text("#result")
    assert page.get_attribute("html", "data-verdict") == "accepted", said
    for words in ("核验通过", "与另外留存的校验点一致", "terminal-01", "i-1", "张三", "够法定数", "考生入场"):
        assert words in said
    assert page.evaluate("document.activeElement.id") == "result"


def test_every_kind_of_fact_is_judged_as_the_program_itself_judges_it(page, log):
    for index in range(len(log.leaves)):
        proof = log.proof(index)
        ok, states = page.evaluate(ASK, [proof.to_bytes().decode(), log.policy(), ""])
        expected = judge_proof(proof, policy=Policy.from_text(log.policy()))
        assert ok and expected.ok
        assert states.pop("browser", "good") == "good"
        assert states == {one.name: one.state for one in expected.checks}


@pytest.mark.feature("X-01")
def test_a_change_in_any_part_of_a_proof_is_refused(page, log):
    for index in (BY_TERMINAL, OF_TWO)[: 2 if log.suite is INTERNATIONAL else 1]:
        good = log.proof(index, personal=index == BY_TERMINAL).to_bytes()
        policy = log.policy(3)
        assert page.evaluate(ASK, [good.decode(), policy, ""])[0]
        for at in places(good):
            changed = bytearray(good)
            changed[at] ^= 1
            text = changed.decode("utf-8", "replace")
            assert not page.evaluate(ASK, [text, policy, ""])[0], (at, good[at - 20 : at + 20])


def test_a_change_inside_the_signed_bytes_is_refused_by_name(page, log):
    """Flips within what the extra data hold, so that the text itself stays well-formed base64."""
    good = log.proof(BY_TERMINAL, personal=True).to_bytes().decode().split("\n")
    extra = base64.b64decode(good[1].removeprefix("extra "))
    for at in range(3, len(extra), 61):
        changed = bytearray(extra)
        changed[at] ^= 4
        text = "\n".join([good[0], f"extra {base64.b64encode(changed).decode()}", *good[2:]])
        ok, states = page.evaluate(ASK, [text, log.policy(), ""])
        assert not ok and "false" in states.values()
        assert not accepted_here(text.encode(), log.policy())


def test_a_typed_root_is_compared_and_another_one_contradicts(page, log):
    proof = log.proof(BY_TERMINAL).to_bytes().decode()
    root = log.tree().root().hex()
    grouped = f"{len(log.leaves)}\n" + " ".join(root[at : at + 4].upper() for at in range(0, 64, 4))
    assert page.evaluate(ASK, [proof, "", grouped])[0]
    other = grouped[:-1] + ("0" if grouped[-1] != "0" else "1")
    assert page.evaluate(ASK, [proof, "", other]) == [False, page.evaluate(ASK, [proof, "", other])[1]]
    assert page.evaluate(ASK, [proof, "", other])[1]["kept"] == "false"


def test_a_policy_without_witnesses_leaves_that_check_open(page, log):
    key = f"log {log.log_key.verifying.to_text()}\nquorum none\n"
    proof = log.proof(OF_TWO)
    ok, states = page.evaluate(ASK, [proof.to_bytes().decode(), key, ""])
    here = judge_proof(proof, policy=Policy.from_text(key))
    assert ok and here.ok and states["witnesses"] == "open"
    assert {one.name: one.state for one in here.checks}["witnesses"] == "open"


def test_nothing_is_accepted_without_a_key_or_a_checkpoint_from_elsewhere(page, log):
    ok, states = page.evaluate(ASK, [log.proof(BY_TERMINAL).to_bytes().decode(), "", ""])
    assert not ok and states["log"] == states["kept"] == "open"
    assert not page.evaluate(ASK, ["", log.policy(), ""])[0]
    few = log.proof(BY_TERMINAL, log.note(cosigners=1)).to_bytes().decode()
    assert page.evaluate(ASK, [few, log.policy(2), ""])[1]["witnesses"] == "false"


def accepted_here(content, policy):
    try:
        return judge_proof(FactProof.from_bytes(content), policy=Policy.from_text(policy)).ok
    except FactProofRefused:
        return False


def places(good: bytes) -> list[int]:
    """One byte in each line of the text, at its beginning, in the middle and near its end."""
    at, found = 0, []
    for line in good.split(b"\n"):
        found += [at, at + len(line) // 2, at + max(0, len(line) - 8)] if line else [at]
        at += len(line) + 1
    return sorted({one for one in found if one < len(good) - 1})
