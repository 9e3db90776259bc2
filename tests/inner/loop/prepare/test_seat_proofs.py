"""Each candidate can prove the own seat: the path holds, a changed file does not, nobody else is shown."""

import json
from dataclasses import replace

import pytest

from kaowu.basics.errors import Refused
from kaowu.loop.prepare.seat_proofs import SeatProof, proofs_for, root_of_seats
from kaowu.loop.prepare.seat_table import SeatLine, read_seats, write_seats

SECRET = bytes(range(32))


def plan(count=37):
    return [
        SeatLine(f"R{n:04d}", "370402", f"{n // 30 + 1:03d}", f"{n % 30 + 1:02d}", f"27{n:06d}")
        for n in range(count)
    ]


@pytest.mark.parametrize("count", [1, 2, 3, 31, 32, 33, 100])
def test_every_seat_of_a_plan_is_proved_under_its_root(count):
    lines = plan(count)
    root = root_of_seats("gk", lines, SECRET)
    for line in lines[:: max(1, count // 7)]:
        [proof] = proofs_for("gk", reversed(lines), SECRET, line.candidate)
        assert proof.holds and proof.root == root and proof.line == line
        assert SeatProof.from_bytes(proof.to_bytes()) == proof


@pytest.mark.parametrize("part", ["seat", "salt", "path", "exam", "index", "root"])
def test_a_proof_that_was_touched_does_not_hold(part):
    [proof] = proofs_for("gk", plan(), SECRET, "R0007")
    touched = {
        "seat": replace(proof, line=replace(proof.line, seat="30")),
        "salt": replace(proof, salt=bytes(16)),
        "path": replace(proof, path=(*proof.path[:-1], bytes(32))),
        "exam": replace(proof, exam="other"),
        "index": replace(proof, index=proof.index + 1),
        "root": replace(proof, root=bytes(32)),
    }[part]
    assert proof.holds and not touched.holds


def test_a_proof_shows_one_seat_and_no_other_candidate():
    lines = plan()
    [proof] = proofs_for("gk", lines, SECRET, "R0007")
    text = proof.to_bytes().decode()
    assert "R0007" in text and SECRET.hex() not in text
    assert not any(line.candidate in text for line in lines if line.candidate != "R0007")


def test_without_the_salt_a_seat_cannot_be_tried_out():
    """The same plan under another secret has another root: nobody can guess lines against it."""
    assert root_of_seats("gk", plan(), SECRET) != root_of_seats("gk", plan(), bytes(32))


@pytest.mark.parametrize(
    "change", [{"format": "x"}, {"size": "many"}, {"seat": {"name": "x"}}, {"path": ["zz"]}]
)
def test_a_file_of_another_form_is_refused(change):
    [proof] = proofs_for("gk", plan(), SECRET, "R0007")
    with pytest.raises(Refused, match="seat_proof_unreadable"):
        SeatProof.from_bytes(json.dumps(json.loads(proof.to_bytes()) | change).encode())


def test_seats_of_several_sittings_are_written_read_and_proved_each():
    lines = [*plan(3), *(replace(line, sitting="02,03") for line in plan(3))]
    assert list(read_seats(write_seats(lines))) == sorted(
        lines, key=lambda one: (one.sitting, one.room, one.seat)
    )
    assert [proof.line.sitting for proof in proofs_for("gk", lines, SECRET, "R0001")] == ["", "02,03"]


def test_seats_for_all_sittings_keep_the_form_that_earlier_plans_have():
    assert b"sitting" not in write_seats(plan(2))
