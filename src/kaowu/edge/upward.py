"""Everything that goes up to one node, in its order: entries until they are cosigned, then what lies beside them.

And what this node asks of the one above: a plan package, a copy of a log. The
carrier is given; nothing here depends on which it is.
"""

import json
from collections.abc import Callable
from dataclasses import dataclass, replace

from kaowu.basics.errors import Refused, Sentence
from kaowu.basics.suites import SigningKey, deployed
from kaowu.edge.carriers import ADD_PERSONAL, ASK, ENROLL, Carrier, LinkDown
from kaowu.edge.mirror import FORKED, LINK_DOWN, LOG_CLOSED, REFUSED, UPSTREAM_AHEAD, Mirroring, Progress
from kaowu.engines.ledger.notes import Checkpoint, Note, NoteRefused
from kaowu.engines.sync.asking import CHECKPOINT, Question
from kaowu.engines.sync.cards import NodeCard
from kaowu.store import personal_up

PERSONAL_REFUSED = "personal_refused"


@dataclass(frozen=True, slots=True)
class Upward:
    """One node above: how to reach it, and what it is."""

    name: str
    carrier: Carrier
    mirroring: Mirroring
    origin: str
    key: SigningKey
    card: NodeCard | None
    send_personal: Callable[[], bool] = lambda: True

    def step(self) -> Progress:
        """Bring everything up as far as the link allows."""
        progress = self.mirroring.step()
        if self.card is None or progress.trouble:
            return progress
        try:
            self._personal(self.card)
        except LinkDown as down:
            return replace(progress, trouble=LINK_DOWN, detail=str(down))
        except Refused as refused:
            said = f"{refused.sentence.zh} · {refused.sentence.en}"
            return replace(progress, trouble=PERSONAL_REFUSED, detail=said)
        return progress

    def lost_proof(self, progress: Progress) -> str:
        """Why this journal must not go on, if that is proven: this very key signed more, or something else.

        An empty answer means that nothing is proven; a node above cannot stop this one by saying so.
        """
        if progress.trouble == LOG_CLOSED:
            return "对方已停收本流水（机器已被接续或停用） · the other node has closed this log: it was taken over, or revoked"
        # An old disk that has gone on meanwhile is refused for a proof that does not hold.
        if progress.trouble not in (UPSTREAM_AHEAD, FORKED, REFUSED):
            return ""
        try:
            note = Note.from_bytes(self.ask(CHECKPOINT, self.origin))
            note.verified_by([self.key.verifying], deployed())
            held = Checkpoint.from_note(note)
        except (LinkDown, Refused, NoteRefused):
            return ""
        if held.origin != self.origin:
            return ""
        # Read now: another process of this node may have written and sent more since the attempt began.
        root = self.mirroring.root_at(held.size)
        if root is None:
            return f"上级已持有 {held.size} 条，本机只有 {progress.size} 条（旧盘或旧快照） · {held.size} facts are held above, {progress.size} here: an old disk or snapshot"
        return "" if root == held.root else "上级持有的是另一个版本 · another version is held above"

    def ask(self, what: str, about: str) -> bytes:
        """Ask the node above; raises LinkDown, or Refused with what it answers."""
        answer = self.carrier.carry(ASK, Question(what, self.origin, about).signed(self.key, deployed()))
        if answer.status != 200:
            raise refused_above(answer.status, answer.body)
        return answer.body

    def _personal(self, card: NodeCard) -> None:
        """What lies beside the entries that are held above; raises LinkDown, or Refused with what it answers."""
        most, may_go = self.mirroring.request_bytes, self.send_personal()
        while boxes := personal_up.waiting_boxes(self.name, self.origin, card.box_key, most, may_go):
            if not boxes.is_empty:
                answer = self.carrier.carry(ADD_PERSONAL, boxes.to_bytes())
                if answer.status != 200:
                    raise refused_above(answer.status, answer.body)
            personal_up.sent(self.name, boxes.end)


def enroll(carrier: Carrier, request: bytes) -> bytes:
    """Send an enrolment; the answer is judged by whoever asked. Raises LinkDown or Refused."""
    answer = carrier.carry(ENROLL, request)
    if answer.status != 200:
        raise refused_above(answer.status, answer.body)
    return answer.body


def refused_above(status: int, body: bytes) -> Refused:
    """What the node above answered, in its own words where it has some."""
    try:
        read = json.loads(body)
        said, remedy = read["sentence"], read.get("remedy")
        return Refused(
            str(read["code"]),
            Sentence(said["zh"], said["en"]),
            remedy=Sentence(remedy["zh"], remedy["en"]) if remedy else None,
        )
    except (ValueError, KeyError, TypeError):
        return Refused(
            "refused_above", Sentence(f"上级节点拒绝（{status}）。", f"The node above refused ({status}).")
        )
