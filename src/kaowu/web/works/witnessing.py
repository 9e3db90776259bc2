"""The policy of witnesses at this node: set by hand or brought by a plan package; and what goes to a witness by hand."""

from dataclasses import dataclass

from kaowu.basics.errors import Refused, Sentence
from kaowu.basics.suites import deployed
from kaowu.engines.ledger.notes import Checkpoint, Note
from kaowu.engines.ledger.policy import Policy, PolicyRefused
from kaowu.engines.ledger.tree import Tree
from kaowu.engines.sync import sender
from kaowu.facts.envelope import Actor
from kaowu.facts.nodes import WitnessPolicySet
from kaowu.store import witnessing
from kaowu.store.own_log import OwnLog
from kaowu.web.counter import book, clock, record
from kaowu.web.node_key import origin, verifying_key

REGISTRY = "registry"


@dataclass(frozen=True, slots=True)
class Slip:
    """What is carried to a witness without a network: a checkpoint with its proof."""

    name: str
    size: int
    content: bytes


def set_policy(text: str, source: str, actor: Actor, *, may_split: bool = False) -> Policy:
    """Let this policy count from now on, by a fact. Raises Refused."""
    try:
        policy = Policy.from_text(text)
    except PolicyRefused as error:
        raise Refused(
            "policy_unreadable", Sentence(f"策略读不懂：{error}。", f"Not a policy: {error}.")
        ) from error
    if policy.logs and verifying_key() not in policy.logs:
        raise Refused(
            "policy_of_other_log",
            Sentence("策略里的流水公钥不是本机的。", "The log of this policy is not this node's."),
            remedy=Sentence(
                "删去 log 行，或写上本机的公钥。", "Leave the log line out, or name this node's key."
            ),
        )
    if policy.witnesses and policy.can_split() and not may_split:
        raise Refused(
            "policy_can_split",
            Sentence(
                "法定数太小：两组互不相干的见证人可以各自凑齐，分叉的流水就能两边都见证齐。",
                "The quorum is too small: two groups without a common witness could each be it, so a forked log could have both its faces cosigned.",
            ),
            remedy=Sentence("法定数取半数以上。", "Ask for more than half."),
        )
    if witnessing.keep_policy(text, source, clock):
        fact = WitnessPolicySet(
            policy=text, witnesses=len(policy.witnesses), quorum=policy.quorum, source=source
        )
        record(fact, actor, exam=REGISTRY, subject=f"policy/{origin()}")
    return policy


def slip_for(name: str) -> Slip:
    """The latest checkpoint for a witness that is reached by hand. Raises Refused."""
    seen = _witness(name)
    book().checkpoint()
    note = OwnLog().latest_checkpoint()
    assert note is not None, "a checkpoint was just signed"
    signed = Note.from_bytes(note)
    size = Checkpoint.from_note(signed).size
    tree = Tree(OwnLog().leaf_hashes(0, size), deployed())
    old = witnessing.WitnessRecord(seen.key, clock).size()
    request = sender.announce(tree, signed, min(old, size))
    return Slip(f"{name}-{size}.checkpoint", size, request.to_bytes())


def take_slip(name: str, lines: bytes) -> int:
    """Keep the cosignature that a witness gave by hand; returns its size. Raises Refused."""
    seen = _witness(name)
    for size in witnessing.latest_sizes():
        note = witnessing.cosigned_note(size)
        cosigned = note and sender.cosigned_note(note, lines, seen.key, deployed())
        if cosigned:
            witnessing.WitnessRecord(seen.key, clock).cosigned(size, cosigned)
            return size
    raise Refused(
        "cosignature_false",
        Sentence(
            f"不是 {name} 对本机校验点的有效签名。",
            f"Not a good signature by {name} over a checkpoint of this node.",
        ),
    )


def _witness(name: str) -> witnessing.WitnessSeen:
    found = next((one for one in witnessing.witnesses() if one.name == name), None)
    if found is None:
        raise Refused(
            "witness_unknown",
            Sentence(f"策略里没有见证人 {name}。", f"There is no witness {name} in the policy."),
        )
    return found
