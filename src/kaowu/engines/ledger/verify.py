"""The judge of an archive: is it whole, unaltered, and by whom?

It reads the file once from front to back with little memory, and stops at the
first place that does not hold. Nothing the writer says is taken on trust: each
digest, hash, root and signature is worked out again.

Without a key from outside, an archive can only be found consistent with
itself: whoever made all of it could have sealed it too. A checkpoint that an
auditor kept from earlier finds out even the holder of the key.
"""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, BinaryIO, NoReturn

from kaowu.basics import canonical
from kaowu.basics.suites import INTERNATIONAL, SUITES, KeyUnreadable, Suite, VerifyingKey
from kaowu.engines.ledger import frames
from kaowu.engines.ledger.entries import (
    COMMITTED,
    EntryChain,
    EntryRefused,
    read_entry,
    read_leaf,
    require_committed,
)
from kaowu.engines.ledger.frames import Frame, Row
from kaowu.engines.ledger.notes import Checkpoint, Note, NoteRefused
from kaowu.engines.ledger.policy import Policy
from kaowu.engines.ledger.signers import DemandOf, nothing_asked
from kaowu.engines.ledger.tree import CompactRange
from kaowu.engines.ledger.verdict import FirstBad, Verdict

_PARTS = {
    frames.HEAD: "head",
    frames.FACTS: "facts",
    frames.CHECKPOINT: "checkpoint",
    frames.ARTEFACT: "artefact",
    frames.WITHHELD: "artefact",
    frames.DOCUMENT: "document",
    frames.CONTENT: "content",
    frames.MANIFEST: "manifest",
    frames.SEAL: "seal",
}
_BROKEN = {
    "cut_short": "truncated",
    "unknown": "unknown_part",
    "too_long": "too_long",
    "check_wrong": "digest_wrong",
}
_HEAD = {"format": int, "suite": str, "origin": str, "key": str, "exam": str, "made_at": int, "software": str}
MOST_FAULTS_NAMED = 1_000
_ARTEFACT = {"digest": bytes, "size": int, "media": str}
_WITHHELD = {"digest": bytes, "size": int, "what": str}
_DOCUMENT = {"name": str, "digest": bytes, "size": int, "media": str}


def verify_archive(
    source: BinaryIO,
    keys: Sequence[VerifyingKey] = (),
    checkpoints: Sequence[Note] = (),
    *,
    roots_only: bool = False,
    demand_of: DemandOf = nothing_asked,
    policy: Policy | None = None,
    anchors: Sequence[Checkpoint] = (),
) -> Verdict:
    """Judge an archive; `keys` and `checkpoints` are what the auditor has from elsewhere.

    With `roots_only` the entries are hashed but not read: ids, device chains,
    signatures and personal fields are left unchecked. `demand_of` says which
    facts the rules want under two signatures, by which posts. Under a `policy` the last
    checkpoint must be cosigned by the quorum; its logs are keys as well. `anchors` are sizes
    and roots from paper: nobody's signature is asked for.
    """
    judge = _Judge(source, keys, checkpoints, roots_only, demand_of, policy, anchors)
    try:
        judge.read()
    except _Bad as bad:
        return judge.verdict(bad.place)
    return judge.verdict(None)


class _Bad(Exception):
    def __init__(self, place: FirstBad) -> None:
        super().__init__(place.code)
        self.place = place


@dataclass(frozen=True, slots=True)
class _Outside:
    """A checkpoint that the auditor has from elsewhere; only what was kept as a file is a signed note."""

    checkpoint: Checkpoint
    note: Note | None = None


class _Judge:
    def __init__(
        self,
        source: BinaryIO,
        keys: Sequence[VerifyingKey],
        outside: Sequence[Note],
        roots_only: bool,
        demand_of: DemandOf,
        policy: Policy | None,
        anchors: Sequence[Checkpoint],
    ) -> None:
        self._source = source
        self._policy = policy
        self._anchors = anchors
        self._settled = 0
        self._keys = (*keys, *(policy.logs if policy else ()))
        self._outside_notes = outside
        self._roots_only = roots_only
        self._demand_of = demand_of
        self._faults: list[FirstBad] = []
        self._faulty = 0
        self._suite: Suite = INTERNATIONAL
        self._frames: Iterator[tuple[Frame, bytes]] = iter(())
        self._next: tuple[Frame, bytes] | None = None
        self._end = 0
        self._taken = b""
        self._head: dict[str, Any] = {}
        self._signer: VerifyingKey
        self._outside: list[_Outside] = []
        self._agreed: list[int] = []
        self._tree = CompactRange()
        self._chain = EntryChain(INTERNATIONAL)
        self._blocks: list[tuple[int, int, int]] = []
        self._latest: Checkpoint | None = None
        self._counts = {"checkpoints": 0, "artefacts": 0, "documents": 0}
        self._withheld: Counter[str] = Counter()
        self._withheld_fields = 0

    def read(self) -> None:
        """Read the file to its end; raises _Bad at the first place that does not hold."""
        self._open()
        self._take_head()
        self._take_journal()
        self._take_artefacts()
        self._take_documents()
        self._take_manifest()
        self._take_seal()

    def verdict(self, bad: FirstBad | None) -> Verdict:
        """What was found."""
        head = self._head
        return Verdict(
            ok=bad is None and not self._faulty,
            origin_checked=bad is None and not self._faulty and bool(self._keys),
            checkpoints_checked=tuple(self._agreed),
            settled=self._settled if self._policy else None,
            facts_checked=not self._roots_only,
            origin=head.get("origin", ""),
            exam=head.get("exam", ""),
            key=head.get("key", ""),
            made_at=head.get("made_at"),
            size=self._tree.size,
            root=self._tree.root(),
            erased=self._chain.erased,
            withheld=dict(sorted(self._withheld.items())),
            withheld_fields=self._withheld_fields,
            length=self._end,
            signatures=self._chain.signers.signatures,
            signed=self._chain.signers.covered,
            faults=tuple(self._faults),
            faulty=self._faulty,
            first_bad=bad or next(iter(self._faults), None),
            **self._counts,
        )

    # ---- frames, one after another ----

    def _open(self) -> None:
        mark = self._source.read(frames.MARK_BYTES)
        suite = next((SUITES[name] for name, known in frames.MARKS.items() if known == mark), None)
        if suite is None:
            raise _Bad(FirstBad("not_an_archive", "mark", 0, len(mark)))
        self._suite = suite
        self._tree, self._chain = CompactRange(suite), EntryChain(suite)
        self._end = len(mark)
        self._frames = frames.read_frames(self._source, mark, suite)

    def _peek(self) -> tuple[Frame, bytes] | None:
        """The next frame, looked at only when all before it was judged."""
        if self._next is not None:
            return self._next
        self._next = next(self._frames, None)
        if self._next is not None:
            frame, _ = self._next
            if frame.state == "check_wrong" and frame.kind == frames.FACTS:
                self._find_touched_row(frame)
            if frame.state != "whole":
                _refuse(_BROKEN[frame.state], frame)
            # A seal carries no check of its own, so it counts only where it is awaited.
            if frame.kind == frames.SEAL and self._taken != frames.MANIFEST:
                _refuse("out_of_order", frame)
        return self._next

    def _follows(self, kind: bytes) -> bool:
        found = self._peek()
        return found is not None and found[0].kind == kind

    def _take(self, kind: bytes) -> tuple[Frame, bytes]:
        """The next frame and the digest of all before it."""
        found = self._peek()
        if found is None:
            raise _Bad(FirstBad("truncated", "end", self._end, 0))
        frame, before = found
        if frame.kind != kind:
            _refuse("out_of_order", frame)
        self._end, self._taken, self._next = frame.offset + frame.length, kind, None
        return frame, before

    # ---- the parts in their order ----

    def _take_head(self) -> None:
        frame, _ = self._take(frames.HEAD)
        head = _described(frame, _HEAD)
        if (head["format"], head["suite"]) != (frames.FORMAT, self._suite.name):
            _refuse("version_unknown", frame)
        try:
            signer = VerifyingKey.from_text(head["key"])
        except KeyUnreadable:
            _refuse("malformed", frame)
        if signer.kind != self._suite.note_kind or signer.to_text() != head["key"] or not _is_head(head):
            _refuse("malformed", frame)
        self._head, self._signer = head, signer
        self._chain = EntryChain(self._suite, signer, self._demand_of)
        if self._keys and signer not in self._keys:
            _refuse("other_key", frame)
        given = [*map(self._read_outside, self._outside_notes), *(_Outside(one) for one in self._anchors)]
        self._outside = sorted(given, key=lambda one: one.checkpoint.size)

    def _read_outside(self, note: Note) -> "_Outside":
        """A checkpoint that the auditor kept: of this log, under the same key."""
        try:
            checkpoint = Checkpoint.from_note(note)
            note.verified_by([self._signer], self._suite)
        except NoteRefused as error:
            raise _Bad(FirstBad("outside_signature", "outside", 0, 0)) from error
        if checkpoint.origin != self._head["origin"]:
            raise _Bad(FirstBad("outside_of_other_log", "outside", 0, 0, checkpoint.size))
        return _Outside(checkpoint, note)

    def _take_journal(self) -> None:
        self._compare_outside(self._end, 0)
        while self._follows(frames.FACTS) or self._follows(frames.CHECKPOINT):
            if self._follows(frames.CHECKPOINT):
                self._take_checkpoint()
                continue
            frame, _ = self._take(frames.FACTS)
            full = self._take_facts(frame)
            if not full and self._follows(frames.FACTS):
                _refuse("out_of_order", frame)
        if self._latest is None or self._latest.size != self._tree.size:
            raise _Bad(FirstBad("checkpoint_missing", "checkpoint", self._end, 0, self._tree.size))
        if self._outside:
            raise _Bad(FirstBad("outside_longer", "facts", self._end, 0, self._tree.size))
        if self._chain.signers.signatures:
            for fault in self._chain.signers.settle():
                self._name(self._fact_place(fault.code, fault.index))
        if self._policy is not None and self._settled < self._tree.size:
            self._name(FirstBad("policy_unmet", "checkpoint", self._end, 0, self._settled))
        repeated = self._chain.first_repeated_id()
        if repeated is not None:
            self._refuse_fact("id_repeated", repeated)

    def _take_facts(self, frame: Frame) -> bool:
        """Whether the frame was as full as a frame may be."""
        hash = self._suite.hash
        try:
            rows = list(frames.read_rows(frame.body))
        except ValueError:
            _refuse("malformed", frame)
        if not 0 < len(rows) <= frames.FACTS_PER_FRAME:
            _refuse("malformed", frame)
        hashes = [hash(b"\x00" + row[0]) for row in rows]
        first = self._tree.size
        self._blocks.append((first, frame.offset, frame.length))
        self._withheld_fields += sum(row.withheld for row in rows)
        for number, (row, hash_of_leaf) in enumerate(zip(rows, hashes, strict=True)):
            if row[1] != hash_of_leaf:
                _refuse_row("leaf_hash_wrong", frame, row, first + number)
        self._grow(hashes, frame)
        if not self._roots_only:
            for number, row in enumerate(rows):
                try:
                    faults = self._chain.take(row.leaf, row.personal, row.salt, row.withheld)
                except EntryRefused as refused:
                    _refuse_row(refused.code, frame, row, first + number)
                for fault in faults:
                    self._name(_row_place(fault.code, frame, row, first + number))
        return len(rows) == frames.FACTS_PER_FRAME

    def _grow(self, hashes: list[bytes], frame: Frame) -> None:
        """Append leaves, stopping wherever a checkpoint from outside stands."""
        done, first = 0, self._tree.size
        while self._outside and self._outside[0].checkpoint.size <= first + len(hashes):
            stop = self._outside[0].checkpoint.size - first
            self._tree.extend(hashes[done:stop])
            self._compare_outside(frame.offset, frame.length)
            done = stop
        self._tree.extend(hashes[done:])

    def _compare_outside(self, offset: int, length: int) -> None:
        while self._outside and self._outside[0].checkpoint.size == self._tree.size:
            checkpoint, note = (outside := self._outside.pop(0)).checkpoint, outside.note
            if checkpoint.root != self._tree.root():
                raise _Bad(FirstBad("outside_root", "facts", offset, length, checkpoint.size))
            self._agreed.append(checkpoint.size)
            if note is not None:
                self._look_for_quorum(note, checkpoint.size)

    def _look_for_quorum(self, note: Note, size: int) -> None:
        """Remember how far the quorum of the policy has cosigned; a false cosignature is a fault of its own."""
        if self._policy is None:
            return
        try:
            if self._policy.judge(note, self._suite, [self._signer]).quorum:
                self._settled = max(self._settled, size)
        except NoteRefused:
            self._name(FirstBad("cosignature_false", "checkpoint", self._end, 0, size))

    def _take_checkpoint(self) -> None:
        frame, _ = self._take(frames.CHECKPOINT)
        try:
            note = Note.from_bytes(frame.body)
            checkpoint = Checkpoint.from_note(note)
        except NoteRefused:
            _refuse("note_malformed", frame, self._tree.size)
        try:
            note.verified_by([self._signer], self._suite)
        except NoteRefused:
            _refuse("note_signature", frame, self._tree.size)
        if checkpoint.origin != self._head["origin"]:
            _refuse("checkpoint_of_other_log", frame, self._tree.size)
        if checkpoint.size != self._tree.size:
            _refuse("checkpoint_size", frame, self._tree.size)
        if checkpoint.root != self._tree.root():
            _refuse("checkpoint_root", frame, self._tree.size)
        self._latest = checkpoint
        self._counts["checkpoints"] += 1
        self._look_for_quorum(note, checkpoint.size)

    def _take_artefacts(self) -> None:
        missing = dict(self._chain.attached)
        before = b""
        while (withheld := self._follows(frames.WITHHELD)) or self._follows(frames.ARTEFACT):
            frame, _ = self._take(frames.WITHHELD if withheld else frames.ARTEFACT)
            described = _described(frame, _WITHHELD if withheld else _ARTEFACT)
            if described["digest"] <= before:
                _refuse("out_of_order", frame)
            before = described["digest"]
            if withheld:
                self._take_withheld(frame, described, missing)
            else:
                self._take_content(frame, described)
                self._counts["artefacts"] += 1
            missing.pop(described["digest"], None)
        if missing:
            self._refuse_fact("artefact_missing", min(missing.values()))
        unfit = self._chain.scores.settle()
        if unfit is not None:
            self._refuse_fact(*unfit)

    def _take_withheld(self, frame: Frame, described: dict[str, Any], bound: Mapping[bytes, int]) -> None:
        """What is left out must be bound by a fact: otherwise nothing says that there ever was such a thing."""
        unbound = not self._roots_only and described["digest"] not in bound
        if (
            unbound
            or len(described["digest"]) != 32
            or described["size"] < 0
            or not frames.is_line(described["what"])
        ):
            _refuse("malformed", frame)
        self._withheld[described["what"]] += 1

    def _take_documents(self) -> None:
        before = b""
        while self._follows(frames.DOCUMENT):
            frame, _ = self._take(frames.DOCUMENT)
            described = _described(frame, _DOCUMENT)
            name = described["name"].encode()
            if not frames.is_document_name(described["name"]):
                _refuse("malformed", frame)
            if name <= before:
                _refuse("out_of_order", frame)
            before = name
            self._take_content(frame, described)
            self._counts["documents"] += 1

    def _take_content(self, item: Frame, described: dict[str, Any]) -> None:
        whole, rest = self._suite.hasher(), described["size"]
        leaves = self._chain.scores.file(described["digest"]) if item.kind == frames.ARTEFACT else None
        while rest > 0:
            frame, _ = self._take(frames.CONTENT)
            if len(frame.body) != min(rest, frames.CONTENT_PER_FRAME):
                _refuse("malformed", frame)
            whole.update(frame.body)
            if leaves is not None:
                leaves.read(frame.body)
            rest -= len(frame.body)
        if rest < 0 or whole.digest() != described["digest"]:
            part = _PARTS[item.kind]
            raise _Bad(FirstBad("content_digest", part, item.offset, self._end - item.offset))

    def _take_manifest(self) -> None:
        frame, _ = self._take(frames.MANIFEST)
        found = {"facts": self._tree.size, "root": self._tree.root(), **self._counts}
        found |= frames.withheld_counts(self._withheld.total(), self._withheld_fields)
        if frame.body != canonical.encode(found):
            _refuse("manifest_wrong", frame)

    def _take_seal(self) -> None:
        frame, before = self._take(frames.SEAL)
        try:
            note = Note.from_bytes(frame.body)
        except NoteRefused:
            _refuse("note_malformed", frame)
        if note.text != frames.seal_note(self._head["origin"], frame.offset, before).text:
            _refuse("seal_wrong", frame)
        if len(note.signatures) != 1 or note.to_bytes() != frame.body:
            _refuse("note_malformed", frame)
        try:
            note.verified_by([self._signer], self._suite)
        except NoteRefused:
            _refuse("note_signature", frame)
        trailing = 0
        while more := self._source.read(frames.CONTENT_PER_FRAME):
            trailing += len(more)
        if trailing:
            raise _Bad(FirstBad("trailing_bytes", "end", self._end, trailing))

    # ---- naming places ----

    def _find_touched_row(self, frame: Frame) -> None:
        """Name the one fact of a block whose bytes were changed, if it shows."""
        try:
            for number, row in enumerate(frames.read_rows(frame.body)):
                index = self._tree.size + number
                if row.hash != self._suite.hash(b"\x00" + row.leaf):
                    _refuse_row("leaf_hash_wrong", frame, row, index)
                try:
                    committed = read_entry(read_leaf(row.leaf)[1])[COMMITTED]
                    require_committed(committed, row.personal, row.salt, self._suite)
                except EntryRefused as refused:
                    _refuse_row(refused.code, frame, row, index)
        except ValueError:
            return

    def _name(self, place: FirstBad) -> None:
        """A fault that does not end the reading."""
        self._faulty += 1
        if len(self._faults) < MOST_FAULTS_NAMED:
            self._faults.append(place)

    def _fact_place(self, code: str, index: int) -> FirstBad:
        _, offset, length = max(block for block in self._blocks if block[0] <= index)
        return FirstBad(code, "fact", offset, length, index)

    def _refuse_fact(self, code: str, index: int) -> NoReturn:
        raise _Bad(self._fact_place(code, index))


def _is_head(head: dict[str, Any]) -> bool:
    return (
        frames.is_origin(head["origin"])
        and frames.is_line(head["exam"])
        and frames.is_line(head["software"])
        and 0 <= head["made_at"] <= frames.LATEST_MS
    )


def _refuse(code: str, frame: Frame, index: int | None = None) -> NoReturn:
    raise _Bad(FirstBad(code, _PARTS.get(frame.kind, "frame"), frame.offset, frame.length, index))


def _refuse_row(code: str, frame: Frame, row: Row, index: int) -> NoReturn:
    raise _Bad(_row_place(code, frame, row, index))


def _row_place(code: str, frame: Frame, row: Row, index: int) -> FirstBad:
    return FirstBad(code, "fact", frame.body_offset + row.offset, row.length, index)


def _described(frame: Frame, form: dict[str, type]) -> dict[str, Any]:
    """The map in a frame, if it has exactly the fields and types that it should."""
    try:
        described = canonical.decode(frame.body)
    except canonical.NotCanonical:
        _refuse("malformed", frame)
    if type(described) is not dict or {name: type(value) for name, value in described.items()} != form:
        _refuse("malformed", frame)
    return described
