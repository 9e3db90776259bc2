"""How the persons of a recorded act have signed: with keys of their own, or on somebody else's word."""

from collections.abc import Sequence
from dataclasses import dataclass

from kaowu.engines.ledger.runs import BY_KEY, Proof
from kaowu.store.models import JournalEntry


@dataclass(frozen=True, slots=True)
class SignedHow:
    """One person, and whether a key of their own has signed; else the node or a device attests them."""

    account: str
    by_key: bool


def signed_how(index: int) -> Sequence[SignedHow]:
    """The persons under an entry of this node's journal; nobody where one acted alone, or elsewhere."""
    proof = JournalEntry.objects.filter(pk=index).values_list("proof", flat=True).first()
    if proof is None:
        return ()
    attested = Proof.from_bytes(bytes(proof)).attestations
    return [SignedHow(one.proven.account, one.proven.method == BY_KEY) for one in attested]
