"""Chance in public: what a hand gives, what is committed to, and what anybody can check."""

from __future__ import annotations

import hashlib
import json
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest
from tests.inner.engines.draw.small_draws import exam, people, rooms

from kaowu.basics.errors import Refused
from kaowu.engines import draw
from kaowu.engines.lots import (
    Ceremony,
    GivenHand,
    bits_of,
    check,
    hand_commitment,
    normalised,
    root_of,
    rows_of,
    seed_from,
    symbols_of,
)

TOOL = Path(__file__).parents[4] / "tools" / "verify_draw.py"
SECRET = bytes(range(32))
DICE, BALLS = "5314626153421635421", "7203318846120957730412998165"
BEACON = "ab" * 32


@pytest.mark.parametrize(
    ("method", "entered", "digits", "symbols", "bits"),
    [
        ("dice", "5 3 1 4 6", "53146", 5, 12),  # 6^5 = 7,776
        ("dice", "５３１４６", "53146", 5, 12),  # full-width, as an input method writes them
        ("lots", "0 0 7", "007", 3, 9),  # leading zeros count like any other ball
        ("coins", "1011", "1011", 4, 4),
        ("cards", "01 52 13", "015213", 3, 17),  # 52 · 51 · 50 = 132,600
        ("other", "AB 0f", "ab0f", 4, 16),
        ("beacon", BEACON, BEACON, 64, 0),  # public, so it gives no chance of its own
    ],
)
def test_a_hand_gives_the_bits_of_its_outcomes(method, entered, digits, symbols, bits):
    assert normalised(method, entered) == digits
    assert (symbols_of(method, digits), bits_of(method, digits)) == (symbols, bits)


@pytest.mark.parametrize(
    ("method", "entered"),
    [
        ("dice", "1 2 7"),
        ("dice", "0"),
        ("coins", "012"),
        ("lots", "12a"),
        ("lots", ""),
        ("cards", "01 53"),
        ("cards", "7"),
        ("cards", "0707"),  # one card twice
        ("other", "xyz"),
    ],
)
def test_a_symbol_that_the_method_does_not_have_is_refused(method, entered):
    with pytest.raises(Refused) as refused:
        normalised(method, entered)
    assert refused.value.code == "hand_unreadable"


def test_root_and_seed_are_those_of_the_published_vectors():
    problem = b'{"format":"example/1","people":{"columns":["id"],"rows":[["A"],["B"]]}}'
    assert list(rows_of(problem)) == [
        b'["format","example/1"]',
        b'["people",["id"]]',
        b'["people",["A"]]',
        b'["people",["B"]]',
    ]
    root, leaves = root_of(rows_of(problem), SECRET)
    assert leaves == 4
    vectors = json.loads((Path(__file__).parent / "vectors.json").read_text())
    assert root.hex() == vectors["root"]
    assert hand_commitment(bytes(16), DICE).hex() == vectors["commitment"]
    assert seed_from(root, 1, [DICE, BALLS]).hex() == vectors["seed"]
    assert seed_from(root, 1, [DICE, BALLS], BEACON).hex() == vectors["seed_with_beacon"]


def test_every_part_of_the_seed_matters():
    root = bytes(32)
    seeds = {
        seed_from(root, 1, ["12", "3"]),
        seed_from(root, 2, ["12", "3"]),
        seed_from(root, 1, ["1", "23"]),  # hands are framed: moving a digit over changes the seed
        seed_from(root, 1, ["3", "12"]),
        seed_from(root, 1, ["12", "3"], "a"),
        seed_from(bytes(31) + b"1", 1, ["12", "3"]),
    }
    assert len(seeds) == 6


def test_another_secret_gives_another_root_so_that_rows_cannot_be_guessed_from_it():
    rows = [b"a", b"b"]
    assert root_of(rows, SECRET) != root_of(rows, bytes(32))


@pytest.fixture(scope="module")
def held() -> tuple[Ceremony, bytes, bytes]:
    """A small draw with its ceremony, as published."""
    problem = exam(people(16), rooms(8, 2), 2)
    raw = problem.to_bytes()
    root, leaves = root_of(rows_of(raw), SECRET)
    given = (("dice", DICE * 2), ("lots", BALLS), ("beacon", BEACON))
    hands = tuple(
        GivenHand(at, method, digits, bytes([at]).hex() * 16, hand_commitment(bytes([at] * 16), digits).hex())
        for at, (method, digits) in enumerate(given, start=1)
    )
    seed = seed_from(root, 1, [DICE * 2, BALLS], BEACON)
    plan = draw.solve(problem, seed).to_bytes()
    ceremony = Ceremony(
        exam="E", draw="rooms/A", attempt=1, problem=problem.digest, root=root.hex(), leaves=leaves,
        salts=SECRET.hex(), hands=hands, beacon="drand 123", beacon_value=BEACON, seed=seed.hex(),
        plan=hashlib.sha256(plan).hexdigest(), engine=draw.ENGINE_VERSION,
    )  # fmt: skip
    return ceremony, raw, plan


def published_check(folder: Path, ceremony: bytes, problem: bytes, plan: bytes) -> int:
    for name, content in (("ceremony", ceremony), ("problem", problem), ("plan", plan)):
        (folder / name).write_bytes(content)
    command = [sys.executable, "-I", TOOL, folder / "problem", folder / "ceremony", folder / "plan"]
    return subprocess.run(command, capture_output=True, check=False).returncode


def test_a_ceremony_as_published_passes_both_programs(held, tmp_path):
    ceremony, problem, plan = held
    assert check(ceremony, problem, plan) == []
    assert Ceremony.from_bytes(ceremony.to_bytes()) == ceremony
    assert published_check(tmp_path, ceremony.to_bytes(), problem, plan) == 0


TAMPERED = {
    "root": lambda c: replace(c, root="00" * 32),
    "salts": lambda c: replace(c, salts="00" * 32),
    "attempt": lambda c: replace(c, attempt=2),
    "beacon value": lambda c: replace(c, beacon_value="cd" * 32),
    "seed": lambda c: replace(c, seed="00" * 32),
    "leaves": lambda c: replace(c, leaves=c.leaves + 1),
    "digits of a hand": lambda c: replace(c, hands=(replace(c.hands[0], digits="1" * 38), *c.hands[1:])),
    "order of the hands": lambda c: replace(c, hands=(c.hands[1], c.hands[0], c.hands[2])),
    "a hand left out": lambda c: replace(c, hands=c.hands[1:]),
    "commitment of a hand": lambda c: replace(
        c, hands=(replace(c.hands[0], commitment="00" * 32), *c.hands[1:])
    ),
    "problem": lambda c: replace(c, problem="00" * 32),
    "plan": lambda c: replace(c, plan="00" * 32),
}


@pytest.mark.parametrize("what", TAMPERED)
def test_tampering_with_any_part_of_a_ceremony_is_caught_by_both_programs(what, held, tmp_path):
    ceremony, problem, plan = held
    changed = TAMPERED[what](ceremony)
    assert check(changed, problem, plan)
    assert published_check(tmp_path, changed.to_bytes(), problem, plan) == 1


def test_a_changed_row_of_the_problem_does_not_fit_the_committed_root(held, tmp_path):
    ceremony, problem, plan = held
    changed = problem.replace(b'"P003"', b'"P0O3"')
    assert {one.code for one in check(ceremony, changed, plan)} == {"problem", "root"}
    # Somebody who also exchanges the digest of the problem is still caught by the root.
    forged = replace(ceremony, problem=hashlib.sha256(changed).hexdigest())
    assert {one.code for one in check(forged, changed, plan)} == {"root"}


def test_a_file_of_another_form_is_refused():
    with pytest.raises(Refused):
        Ceremony.from_bytes(b'{"format":"kaowu.ceremony/2"}')
