"""Whose word counts for a log (信任策略): its key, the witnesses, and how many of them it takes.

The file is that of C2SP tlog-policy, line by line:

    log <verifying key> [<address>]
    witness <name> <verifying key> [<address>]
    group <name> <all|any|number> <member>…
    quorum <name of a witness or group, or none>

A checkpoint holds under a policy if one of the logs signed it and the quorum
cosigned it. A policy that names no log leaves open whose log it is about: then
the key is given beside it.
"""

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass

from kaowu.basics.suites import INTERNATIONAL, KeyUnreadable, Suite, VerifyingKey
from kaowu.engines.ledger.notes import Note, NoteRefused

NONE = "none"
MOST_LINES = 400
LONGEST_POLICY = 20_000


class PolicyRefused(ValueError):
    """Not a policy; says the line and what is wrong with it."""


@dataclass(frozen=True, slots=True)
class Witness:
    """Somebody who cosigns checkpoints: the name within the policy, the key, where to be reached."""

    name: str
    key: VerifyingKey
    url: str = ""


@dataclass(frozen=True, slots=True)
class Group:
    """So many of these members, each a witness or an earlier group."""

    name: str
    needed: int
    members: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class PolicyVerdict:
    """What a policy says of one checkpoint."""

    log: VerifyingKey | None
    """The log's key under the checkpoint; None if the policy names no log."""
    cosigned: tuple[str, ...]
    """The witnesses that cosigned, by their names in the policy."""
    quorum: bool


@dataclass(frozen=True, slots=True)
class Policy:
    """Logs, witnesses, groups and the quorum."""

    logs: tuple[VerifyingKey, ...]
    witnesses: tuple[Witness, ...]
    groups: tuple[Group, ...]
    quorum: str
    text: str

    @classmethod
    def from_text(cls, text: str) -> "Policy":
        """Read a policy; raises PolicyRefused naming the line."""
        if len(text.encode()) > LONGEST_POLICY:
            raise PolicyRefused("the policy is too long")
        return _Reader(text).policy()

    def judge(
        self, note: Note, suite: Suite = INTERNATIONAL, logs: Sequence[VerifyingKey] = ()
    ) -> PolicyVerdict:
        """Whether the log and the quorum signed this checkpoint; raises NoteRefused where a known signature is false.

        `logs` are keys known from elsewhere, beside those of the policy.
        """
        log_keys = [*self.logs, *logs]
        known = [*log_keys, *(one.key for one in self.witnesses)]
        signers = note.verified_by(known, suite)
        log = next((key for key in log_keys if key in signers), None)
        if log_keys and log is None:
            raise NoteRefused("not signed by a log of the policy")
        cosigned = tuple(one.name for one in self.witnesses if one.key in signers)
        return PolicyVerdict(log, cosigned, self.is_met(cosigned))

    def is_met(self, cosigned: Collection[str]) -> bool:
        """Whether these witnesses are the quorum."""
        if self.quorum == NONE:
            return True
        return self._fold(lambda name: name in cosigned, lambda group, met: sum(met) >= group.needed)

    def can_split(self) -> bool:
        """Whether two sets of witnesses without a common member could each be the quorum.

        Then a log that shows two faces could have both cosigned, with every witness honest.
        """
        if self.quorum == NONE:
            return True
        # A member that can serve both sides at once is worth two; every other serves one side.
        return self._fold(
            lambda name: False,
            lambda group, splits: 2 * max(0, group.needed - sum(splits)) <= len(group.members) - sum(splits),
        )

    def _fold(self, of_witness: Callable[[str], bool], of_group: Callable[[Group, list[bool]], bool]) -> bool:
        found = {one.name: of_witness(one.name) for one in self.witnesses}
        for group in self.groups:
            found[group.name] = of_group(group, [found[member] for member in group.members])
        return found[self.quorum]


class _Reader:
    """Reads a policy from front to back: a name is known once its line was read."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._logs: list[VerifyingKey] = []
        self._witnesses: list[Witness] = []
        self._groups: list[Group] = []
        self._quorum = ""
        self._publics: set[bytes] = set()
        self._names: set[str] = set()
        self._used: set[str] = set()

    def policy(self) -> Policy:
        lines = self._text.split("\n")
        if len(lines) > MOST_LINES:
            raise PolicyRefused("the policy has too many lines")
        for number, line in enumerate(lines, 1):
            words = [word for word in line.replace("\t", " ").split(" ") if word]
            try:
                if any(c < " " and c != "\t" for c in line) or "\x7f" in line:
                    raise PolicyRefused("a control character")
                if words and not words[0].startswith("#"):
                    self._read(words[0], words[1:])
            except (PolicyRefused, KeyUnreadable) as error:
                raise PolicyRefused(f"line {number}: {error}") from error
        if not self._quorum:
            raise PolicyRefused("no quorum line")
        return Policy(
            tuple(self._logs), tuple(self._witnesses), tuple(self._groups), self._quorum, self._text
        )

    def _read(self, what: str, words: list[str]) -> None:
        match what, len(words):
            case "log", 1 | 2:
                self._logs.append(self._key(words[0], cosigner=False))
            case "witness", 2 | 3:
                key = self._key(words[1], cosigner=True)
                self._witnesses.append(Witness(self._new(words[0]), key, "".join(words[2:])))
            case "group", count if count >= 3:
                members = tuple(self._member(name) for name in words[2:])
                needed = _needed(words[1], len(members))
                self._groups.append(Group(self._new(words[0]), needed, members))
            case "quorum", 1:
                if self._quorum:
                    raise PolicyRefused("a second quorum line")
                if words[0] != NONE and words[0] not in self._names:
                    raise PolicyRefused(f"{words[0]} is not defined above")
                self._quorum = words[0]
            case _:
                raise PolicyRefused("not a line of a policy")

    def _key(self, text: str, *, cosigner: bool) -> VerifyingKey:
        key = VerifyingKey.from_text(text)
        if key.is_cosigner is not cosigner:
            raise PolicyRefused("a witness has a cosigner's key, a log has a key that signs notes")
        if key.public in self._publics:
            raise PolicyRefused("the same key twice")
        self._publics.add(key.public)
        return key

    def _new(self, name: str) -> str:
        if name in self._names or name == NONE:
            raise PolicyRefused(f"the name {name} is taken")
        self._names.add(name)
        return name

    def _member(self, name: str) -> str:
        if name not in self._names:
            raise PolicyRefused(f"{name} is not defined above")
        if name in self._used:
            raise PolicyRefused(f"{name} is a member twice")
        self._used.add(name)
        return name


def _needed(word: str, members: int) -> int:
    if word in ("all", "any"):
        return members if word == "all" else 1
    if not (word.isascii() and word.isdigit()) or str(int(word)) != word or not 1 <= int(word) <= members:
        raise PolicyRefused(f"not all, any, or a number from 1 to {members}: {word}")
    return int(word)
