"""Proving one fact and judging the proof, and an archive under a policy, from the command line."""

import json
import subprocess
import sys
from pathlib import Path

import cbor2
import pytest
from click.testing import CliRunner
from tests.inner.engines.ledger.small_proofs import BEGIN, EXAM, ORIGIN, small_log
from tests.store.test_mirror import append
from tests.store.test_witnessing import doors
from tools import verify_archive

from kaowu.basics.clock import Instant
from kaowu.basics.suites import SUITES, deployed
from kaowu.cli.main import group
from kaowu.edge.notebook import Notebook
from kaowu.engines.ledger.archive import ArchiveHead, ArchiveWriter
from kaowu.engines.ledger.fact_proof import FactProof, FactProofRefused
from kaowu.engines.ledger.fact_verdict import judge_proof
from kaowu.engines.ledger.policy import Policy
from kaowu.store.journal import open_book
from kaowu.store.models import JournalEntry
from kaowu.web.counter import book
from kaowu.web.node_key import origin, verifying_key

STAND_ALONE = Path(__file__).parents[2] / "tools" / "verify_archive.py"


def run(*arguments):
    result = CliRunner().invoke(group, [*map(str, arguments), "--json"])
    assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
    return result.exit_code, json.loads(result.stdout) if result.stdout else {}


def alone(*arguments):
    """The second verifier, with nothing but Python."""
    command = [sys.executable, "-I", "-S", str(STAND_ALONE), *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, check=False).returncode


@pytest.fixture
def node(db, monkeypatch):
    # Tables that only grow could not be emptied for the next test.
    monkeypatch.setattr("kaowu.store.append_only.install", lambda: None)
    open_book(origin())
    append(book(), 20)


@pytest.fixture
def notebooks(tmp_path):
    made = []
    for n in range(3):
        assert run("witness", "init", tmp_path / f"w{n}", "--name", f"witness-{n}")[0] == 0
        assert run("witness", "admit", tmp_path / f"w{n}", origin(), verifying_key().to_text())[0] == 0
        made.append(Notebook(tmp_path / f"w{n}"))
    return made


def policy_file(folder, notebooks, urls=("", "", ""), needed=2):
    lines = [
        f"witness w{n} {one.key.to_text()} {url}"
        for n, (one, url) in enumerate(zip(notebooks, urls, strict=True))
    ]
    path = folder / "policy.txt"
    path.write_text("\n".join([*lines, f"group 见证 {needed} w0 w1 w2", "quorum 见证", ""]), encoding="utf-8")
    return path


@pytest.mark.django_db(transaction=True)
@pytest.mark.feature("X-01", "PAP-22")
def test_a_fact_is_proven_under_witnesses_and_judged_by_whoever_has_the_policy(node, notebooks, tmp_path):
    with doors(notebooks) as urls:
        done = run("node", "policy", policy_file(tmp_path, notebooks, urls))
        assert done[0] == 0, done
        code, asked = run("node", "witness-ask")
    # The setting of the policy is itself a fact, behind the twenty.
    assert (code, asked) == (0, {"settled": 21, "troubles": {}})
    proof, page, policy = (tmp_path / name for name in ("f.tlog-proof", "verify.html", "with-key.txt"))
    row = JournalEntry.objects.get(pk=7)
    code, made = run("prove", row.fact_id, "--out", proof, "--verifier", page, "--policy", policy)
    assert code == 0 and (made["index"], made["checkpoint"]) == (7, 21) and made["bytes"] < 4096
    code, said = run("verify-proof", proof, "--policy", policy)
    states = {one["name"]: one["state"] for one in said["checks"]}
    assert code == 0 and said["kind"] == "candidate_admitted"
    assert {states[name] for name in ("included", "log", "witnesses", "entry", "device")} == {"good"}
    assert (
        "核验通过" in CliRunner().invoke(group, ["verify-proof", str(proof), "--policy", str(policy)]).output
    )
    assert alone(proof, "--policy", policy) == 0
    assert "单条记录核验".encode() in page.read_bytes()
    altered = proof.read_bytes().replace(b"index 7\n", b"index 8\n")
    proof.write_bytes(altered)
    assert run("verify-proof", proof, "--policy", policy)[0] == 1 and alone(proof, "--policy", policy) == 1


@pytest.mark.django_db(transaction=True)
def test_a_proof_can_be_had_under_the_checkpoint_that_somebody_kept(node, tmp_path):
    kept = tmp_path / "kept.txt"
    kept.write_text(book().checkpoint(), encoding="utf-8")
    append(book(), 300)
    proof = tmp_path / "f.tlog-proof"
    assert run("prove", 3, "--out", proof, "--checkpoint", kept)[1]["checkpoint"] == 20
    key = verifying_key().to_text()
    assert run("verify-proof", proof, "--checkpoint", kept, "--key", key)[0] == 0
    assert alone(proof, "--checkpoint", kept, "--key", key) == 0
    assert run("verify-proof", proof)[0] == 1  # nothing from elsewhere: not judged
    assert run("prove", 25, "--out", proof, "--checkpoint", kept)[0] == 1
    assert run("prove", 9999, "--out", proof)[0] == 1


@pytest.mark.django_db(transaction=True)
@pytest.mark.feature("PAP-22")
def test_a_witness_without_a_network_signs_what_a_memory_stick_brings(node, notebooks, tmp_path):
    assert run("node", "policy", policy_file(tmp_path, notebooks))[0] == 0
    for n in range(2):
        code, out = run("node", "witness-out", f"w{n}", "--out", tmp_path)
        assert code == 0 and out["size"] == 21
        signed = tmp_path / f"signed-{n}.txt"
        assert run("witness", "sign", tmp_path / f"w{n}", out["file"], "--out", signed)[0] == 0
        assert run("node", "witness-in", f"w{n}", signed) == (0, {"size": 21})
        assert run("node", "witness-in", "w2", signed)[0] == 1
    assert run("node", "policy")[1]["settled"] == 21
    assert run("witness", "status", tmp_path / "w0")[1]["logs"][0]["size"] == 21
    assert run("witness", "sign", tmp_path / "w2", tmp_path / "policy.txt", "--out", signed)[0] == 1


@pytest.mark.django_db(transaction=True)
def test_a_quorum_that_two_groups_could_meet_is_refused_unless_wanted(node, notebooks, tmp_path):
    weak = policy_file(tmp_path, notebooks, needed=1)
    assert run("node", "policy", weak)[0] == 1
    assert run("node", "policy", weak, "--may-split")[0] == 0
    weak.write_text("quorum w9\n")
    assert run("node", "policy", weak)[0] == 1


@pytest.mark.parametrize("suite", SUITES.values(), ids=SUITES)
def test_both_verifiers_agree_on_every_proof_and_on_none_that_was_altered(suite):
    log = small_log(suite)
    policy, theirs = Policy.from_text(log.policy()), verify_archive.Policy(log.policy())
    for index in (0, 3, 6, 7):
        good = log.proof(index, personal=index == 3).to_bytes()
        assert verify_archive.judge_fact(good, policy=theirs)["ok"]
        for at in range(7, len(good), 251):
            content = bytearray(good)
            content[at] ^= 1
            assert verify_archive.judge_fact(bytes(content), policy=theirs)["ok"] == accepted(content, policy)


def accepted(content, policy):
    try:
        return judge_proof(FactProof.from_bytes(bytes(content)), policy=policy).ok
    except FactProofRefused:
        return False


@pytest.mark.parametrize("needed", [2, 3])
def test_an_archive_is_whole_under_a_policy_only_as_far_as_the_quorum_cosigned(needed, tmp_path):
    log = small_log()
    archive, policy, file = tmp_path / "a.kwa", tmp_path / "p.txt", tmp_path / "cosigned.txt"
    policy.write_text(log.policy(needed), encoding="utf-8")
    for cosigners in range(4):
        write_archive(log, archive, cosigners)
        code, said = run("verify", archive, "--policy", policy)
        assert (code, said["settled"]) == ((0, len(log.leaves)) if cosigners >= needed else (1, 0))
        assert said["origin_checked"] is (code == 0) and alone(archive, "--policy", policy) == code
    write_archive(log, archive, 0)
    file.write_bytes(log.note(3).to_bytes())  # cosigned later, kept beside the archive
    assert run("verify", archive, "--policy", policy, "--checkpoint", file)[0] == 0
    assert alone(archive, "--policy", policy, "--checkpoint", file) == 0


def test_a_root_from_paper_is_typed_in_and_compared(tmp_path):
    log, archive = small_log(), tmp_path / "a.kwa"
    write_archive(log, archive, 0)
    for size in (4, len(log.leaves)):
        root = log.tree().root(size).hex().upper()
        grouped = f"{size}:" + " ".join(root[at : at + 4] for at in range(0, 64, 4))
        assert run("verify", archive, "--anchor", grouped)[1]["checkpoints_checked"] == [size]
        assert alone(archive, "--anchor", grouped) == 0
        other = grouped[:-1] + ("0" if grouped[-1] != "0" else "1")
        code, said = run("verify", archive, "--anchor", other)
        assert (code, said["first_bad"]["code"]) == (1, "outside_root")
        assert alone(archive, "--anchor", other) == 1
    assert run("verify", archive, "--anchor", "nonsense")[0] == 2


def write_archive(log, path, cosigners):
    """The small log as an archive, its one checkpoint cosigned by so many witnesses."""
    head = ArchiveHead(ORIGIN, log.log_key.verifying, EXAM, Instant(BEGIN), "test")
    with path.open("wb") as out:
        writer = ArchiveWriter(out, head)
        for number, leaf in enumerate(log.leaves):
            at, entry, *proof = cbor2.loads(leaf)
            writer.fact(entry, Instant(at), *log.personal.get(number, (None, None)), *proof)
        writer.checkpoint(log.note(cosigners).to_bytes())
        writer.seal(log.log_key)


def test_the_suite_of_this_node_is_what_it_was_deployed_with(tmp_path):
    assert run("witness", "init", tmp_path / "w", "--name", "w")[0] == 0
    assert Notebook(tmp_path / "w").suite.name == deployed().name == "international"
    assert run("witness", "init", tmp_path / "w", "--name", "w")[0] == 1
    assert run("witness", "init", tmp_path / "n", "--name", "n", "--national")[0] == 0
    assert Notebook(tmp_path / "n").suite.name == "national"
    assert run("witness", "init", tmp_path / "x", "--name", "a b")[0] == 1
    assert run("witness", "status", tmp_path / "nowhere")[0] == 1
