"""Other nodes' logs for tests: facts of a site that this node receives, without a second process."""

from dataclasses import dataclass, field

from kaowu.basics.boxes import OpeningKey
from kaowu.basics.clock import Instant
from kaowu.basics.ids import digest, new_fact_id
from kaowu.basics.suites import deployed
from kaowu.engines.ledger.frames import leaf_of
from kaowu.engines.ledger.notes import Checkpoint
from kaowu.engines.ledger.tree import Tree, leaf_hash
from kaowu.engines.sync import sender
from kaowu.engines.sync.cards import NodeCard
from kaowu.facts.envelope import NO_PREVIOUS, Actor, Envelope, commitment


@dataclass
class OtherNode:
    """A node of which only the log and the keys matter."""

    name: str
    organisation: str
    role: str = "site"
    epoch: int = 1
    leaves: list[bytes] = field(default_factory=list)
    personal: dict[int, tuple[bytes, bytes]] = field(default_factory=dict)

    def __post_init__(self):
        secret = self.name.encode()[:30].ljust(31, b"-") + bytes([self.epoch])
        suite = deployed()
        self.log_key = suite.new_key(self.name, secret=secret)
        self.mirror_key = suite.new_key(f"{self.name}/mirror", suite.cosignature_kind, secret)
        self.opening = OpeningKey(secret, suite.box_kind)
        self.heads = {}

    @property
    def origin(self):
        return f"{self.name}/{self.epoch}"

    @property
    def card(self):
        return NodeCard(
            self.name,
            self.role,
            self.organisation,
            self.origin,
            self.log_key.verifying,
            self.mirror_key.verifying,
            self.opening.box_key,
        )

    def say(self, fact, *actors, exam, subject, site, at, device="office", corrects=None):
        """Write one fact into the log; returns its id."""
        sequence, previous = self.heads.get(device, (0, NO_PREVIOUS))
        personal = fact.kind.personal_part(fact)
        salt = b"s" * 32 if personal else b""
        envelope = Envelope(
            id=new_fact_id(Instant(at)),
            kind=fact.kind.name,
            exam=exam,
            site=site,
            device=device,
            device_seq=sequence + 1,
            device_prev=previous,
            stamped_at=Instant(at),
            time_source="node",
            actors=tuple(Actor(*one) for one in actors),
            subject=subject,
            payload=fact.kind.open_part(fact),
            corrects=corrects,
            commitment=commitment(personal, salt),
        )
        entry = envelope.to_bytes()
        self.heads[device] = sequence + 1, digest(entry)
        if personal:
            from kaowu.basics import canonical

            self.personal[len(self.leaves)] = canonical.encode(personal), salt
        self.leaves.append(leaf_of(at, entry))
        return envelope.id

    def tree(self):
        """The tree over the log as it is."""
        return Tree([leaf_hash(leaf, deployed()) for leaf in self.leaves], deployed())

    def note(self, size=None):
        """The signed checkpoint."""
        size = len(self.leaves) if size is None else size
        tree = self.tree()
        return Checkpoint(self.origin, size, tree.root(size)).note().signed_by(self.log_key, deployed())

    def send(self, mirror, old=0):
        """Everything to a mirror that stands at `old`; returns its last verdict."""
        tree, note = self.tree(), self.note()
        verdict = mirror.add_checkpoint(sender.announce(tree, note, old).to_bytes())
        if int(verdict.status) != 200:
            return verdict
        body, _ = sender.upload(
            tree,
            Checkpoint.from_note(note),
            old,
            lambda start, end: self.leaves[start:end],
            10**7,
            deployed(),
        )
        return mirror.add_entries(body)
