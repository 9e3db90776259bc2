"""Checks (规则): each one obligation of a clause, found by walking this package.

    @rule("custody.seal_witnesses", zh="验封考生不足", en="Too few candidates at the seal",
          cites="seal_witnesses", on=PacketUnsealed, remedy=Sentence("…", "…"))
    def seal_witnesses(fact: PacketUnsealed, profile: Profile) -> Verdict:
        ...

A rule asks for what it needs by name: `fact`, `state` (what the subject held
before the fact), `profile` (as resolved for this exam) and `circumstances`
(who signed, when). It answers with what is wrong: nothing (None or True),
False for "broken" in the rule's own words, one or more sentences with the
figures, or whole findings. It never fetches, never changes, never refuses.
"""

import importlib
import inspect
import pkgutil
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from operator import itemgetter
from typing import Any, TypeAlias

from kaowu.basics.errors import Finding, Sentence, Severity
from kaowu.basics.extensions import packages_of
from kaowu.exam.circumstances import Circumstances
from kaowu.facts.catalogue import Fact, kind_named
from kaowu.rules.profile import Profile

Verdict: TypeAlias = bool | Sentence | Finding | Iterable[Sentence | Finding] | None

_Given: TypeAlias = tuple[Fact, object, Profile, Circumstances]
_ARGUMENTS = ("fact", "state", "profile", "circumstances")


@dataclass(frozen=True)
class Rule:
    """One check: its code, its names, what it cites and on which facts it looks."""

    code: str
    label: Sentence
    cites: tuple[str, ...]
    on: tuple[type[Fact], ...]
    severity: Severity
    remedy: Sentence | None
    asks: Callable[[_Given], tuple[Any, ...]]
    check: Callable[..., Verdict]

    @property
    def story(self) -> str:
        """The first line of the function's docstring, for the reference."""
        return (inspect.getdoc(self.check) or "").splitlines()[0]

    def findings(self, verdict: Verdict, profile: Profile) -> Iterable[Finding]:
        """What the check has found, with this rule's clause and remedy."""
        if verdict is None or verdict is True:
            return ()
        if verdict is False:
            verdict = self.label
        items = (verdict,) if isinstance(verdict, Sentence | Finding) else verdict
        return [item if isinstance(item, Finding) else self.finding(item, profile) for item in items]

    def finding(self, sentence: Sentence, profile: Profile, clause: str = "") -> Finding:
        """A finding of this rule in these words, with the clause as this exam knows it."""
        cited = clause or next((c for c in self.cites if profile.knows(c)), self.cites[0])
        return Finding(self.code, sentence, self.severity, profile.cite(cited), self.remedy)


def rule(
    code: str,
    *,
    zh: str,
    en: str,
    cites: str | tuple[str, ...],
    on: type[Fact] | tuple[type[Fact], ...],
    severity: Severity = Severity.ACT,
    remedy: Sentence | None = None,
) -> Callable[[Callable[..., Verdict]], Rule]:
    """Declare a check. `cites` names clauses (`JYB-33 18`) or profile lines, the first known one counts.

    `on` names kinds of facts; `on=Fact` looks at every fact.
    """

    def declare(check: Callable[..., Verdict]) -> Rule:
        wanted = tuple(inspect.signature(check).parameters)
        if strange := set(wanted) - set(_ARGUMENTS):
            raise TypeError(
                f"{code} asks for {', '.join(sorted(strange))}; known are {', '.join(_ARGUMENTS)}"
            )
        return Rule(
            code=code,
            label=Sentence(zh, en),
            cites=(cites,) if isinstance(cites, str) else cites,
            on=on if isinstance(on, tuple) else (on,),
            severity=severity,
            remedy=remedy,
            asks=_asking(wanted),
            check=check,
        )

    return declare


def rules() -> Mapping[str, Rule]:
    """Every check by code, of this package and of the extensions."""
    return _gathered(packages_of("rules"))


def judge(
    kind: str, fact: Fact, state: object, profile: Profile | None, circumstances: Circumstances
) -> tuple[Finding, ...]:
    """All findings beside one fact, in the order of the rules' codes.

    `state` is what the fact's subject held before it. Before an exam has a
    profile nothing can be cited, so nothing is found.
    """
    if profile is None:
        return ()
    given = (fact, state, profile, circumstances)
    found: list[Finding] = []
    for one in rules_on(packages_of("rules"), kind):
        verdict = one.check(*one.asks(given))
        if verdict is not None:  # of nine checks of an entry mostly none finds anything
            found += one.findings(verdict, profile)
    return tuple(found)


def _asking(wanted: tuple[str, ...]) -> Callable[[_Given], tuple[Any, ...]]:
    """Picks what a check asks for."""
    places = [_ARGUMENTS.index(name) for name in wanted]
    if len(places) == 1:
        return itemgetter(slice(places[0], places[0] + 1))
    return itemgetter(*places)


@cache
def rules_on(packages: tuple[str, ...], kind: str) -> tuple[Rule, ...]:
    """The checks that look at a kind of fact."""
    made_as = kind_named(kind).made_as
    return tuple(one for one in _gathered(packages).values() if issubclass(made_as, one.on))


@cache
def _gathered(packages: tuple[str, ...]) -> Mapping[str, Rule]:
    found: dict[str, Rule] = {}
    for package in packages:
        for module in pkgutil.iter_modules(importlib.import_module(package).__path__, package + "."):
            for item in vars(importlib.import_module(module.name)).values():
                if isinstance(item, Rule) and found.setdefault(item.code, item) is not item:
                    raise ValueError(f"two rules are called {item.code}")
    return dict(sorted(found.items()))
