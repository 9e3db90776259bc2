"""Proofs of single facts of this node's journal, gathered from what it keeps."""

import uuid
from dataclasses import dataclass
from typing import Any

from kaowu.basics.suites import VerifyingKey, deployed
from kaowu.engines.ledger.fact_proof import FactProof, make_proof
from kaowu.engines.ledger.frames import leaf_of
from kaowu.engines.ledger.notes import Checkpoint, Note
from kaowu.engines.ledger.runs import BY_KEY, MOST_IN_RUN, Proof, ProofRefused
from kaowu.engines.ledger.tree import Tree
from kaowu.store import witnessing
from kaowu.store.models import DeviceHead, JournalEntry, PersonKeyRow
from kaowu.store.own_log import OwnLog
from kaowu.store.personal import open_fields


@dataclass(frozen=True, slots=True)
class Kept:
    """A fact of the journal that can be proven: where it stands, and whose it is."""

    index: int
    fact_id: uuid.UUID
    kind: str
    exam: str
    site: str | None
    has_personal: bool


def find(named: str) -> Kept | None:
    """The fact of this index or id; None if there is none."""
    rows = JournalEntry.objects.defer("leaf_hash")
    if named.isascii() and named.isdigit() and len(named) < 17:
        row = rows.filter(pk=int(named)).first()
    else:
        try:
            row = rows.filter(fact_id=uuid.UUID(named)).first()
        except ValueError:
            return None
    if row is None:
        return None
    return Kept(row.index, row.fact_id, row.kind, row.exam, row.site, row.personal is not None)


def proof_of(index: int, note: Note | None = None, *, personal: bool = False) -> FactProof | None:
    """The proof of the fact under this checkpoint, or the best there is; None while none covers it."""
    note = note or witnessing.best_checkpoint(index)
    if note is None or Checkpoint.from_note(note).size <= index:
        return None
    row = JournalEntry.objects.get(pk=index)
    suite = deployed()
    run = _run(row)
    tree = Tree(OwnLog().leaf_hashes(0, Checkpoint.from_note(note).size), suite)
    return make_proof(
        tree,
        note,
        index,
        _leaf(row),
        run=run,
        enrolments=_enrolments(row, run),
        personal=open_fields(row.personal, row.key_slot) if personal else None,
        suite=suite,
    )


def root_at(size: int) -> bytes | None:
    """The root over the first so many facts as they are kept now; None if there are fewer."""
    hashes = OwnLog().leaf_hashes(0, size)
    return Tree(hashes, deployed()).root() if len(hashes) == size else None


def _leaf(row: Any) -> bytes:
    return leaf_of(row.recorded_at, bytes(row.entry), None if row.proof is None else bytes(row.proof))


def _run(row: JournalEntry) -> tuple[int, list[bytes], bytes | None] | None:
    """The place in its run, the digests of the run, and what stands beside its last entry if that is another."""
    near = JournalEntry.objects.filter(
        device=row.device,
        device_seq__gt=row.device_seq - MOST_IN_RUN,
        device_seq__lt=row.device_seq + MOST_IN_RUN,
    ).order_by("device_seq")
    before: list[JournalEntry] = []
    after: list[JournalEntry] = []
    for one in near:
        if one.device_seq < row.device_seq:
            before = [] if one.proof is not None else [*before, one]
        elif not after or after[-1].proof is None:
            after.append(one)
    if not after or after[-1].proof is None:
        return None
    digests = [deployed().hash(bytes(one.entry)) for one in (*before, *after)]
    last = after[-1]
    return len(before), digests, None if last.pk == row.pk else bytes(last.proof or b"")


def _enrolments(
    row: JournalEntry, run: tuple[int, list[bytes], bytes | None] | None
) -> list[tuple[int, bytes]]:
    """The facts that made the keys known which signed: of the device, of persons with keys of their own."""
    if run is None:
        return []
    try:
        proof = Proof.from_bytes(run[2] if run[2] is not None else bytes(row.proof or b""))
    except ProofRefused:
        return []
    places: set[int | None] = set()
    if proof.office is None:
        places.add(DeviceHead.objects.filter(pk=row.device).values_list("enrolled_index", flat=True).first())
    own = [one.proven.credential for one in proof.attestations if one.proven.method == BY_KEY]
    places |= set(PersonKeyRow.objects.filter(credential__in=own).values_list("enrolled_index", flat=True))
    known = JournalEntry.objects.filter(pk__in=[at for at in places if at is not None and at < row.index])
    return [(one.index, _leaf(one)) for one in known.order_by("index")]


def key_lines(log_key: VerifyingKey) -> str:
    """What has to reach the reader of a proof by another way: the policy with the log's key, or the key alone."""
    policy = witnessing.policy()
    if policy is None:
        return f"log {log_key.to_text()}\nquorum none\n"
    named = "" if policy.logs else f"log {log_key.to_text()}\n"
    return named + policy.text
