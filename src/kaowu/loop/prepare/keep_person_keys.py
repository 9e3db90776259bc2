"""登记与停用本人密钥: keys that persons hold themselves, for one exam, seen to by an officer."""

from typing import Any

from kaowu.basics.errors import Refused, Sentence
from kaowu.basics.suites import deployed
from kaowu.engines.ledger.persons import is_held, read_key
from kaowu.facts.person_keys import PersonKeyEnrolled, PersonKeyRevoked
from kaowu.loop.duty import Act, duty
from kaowu.loop.posts import AT_SITE, AT_SITE_HEAD, IN_OFFICE

_SEES_TO = (*IN_OFFICE, *AT_SITE_HEAD)
_HOLDERS = tuple(
    dict.fromkeys((*_SEES_TO, *AT_SITE, "patrol", "auditor", "resident_inspector", "video_invigilator"))
)


@duty(
    zh="登记本人密钥",
    en="Enrol a person's key",
    records=PersonKeyEnrolled,
    posts=_SEES_TO,
    may_be_refused=True,
)
def enrol_person_key(plan: Any, fact: PersonKeyEnrolled, act: Act) -> PersonKeyEnrolled:
    """The officer who saw the person answers for it; the key shows that somebody holds it."""
    key = read_key(fact.person, fact.key, deployed())
    if key is None or not is_held(key, act.intent.exam, fact.possession, deployed()):
        raise Refused(
            "person_key_unfit",
            Sentence("不能登记：本人密钥不合用。", "Cannot enrol: the person's key is unfit."),
            remedy=Sentence(
                "请本人用新的登记码重新生成密钥。", "Let the person make a key anew with a fresh code."
            ),
        )
    if act.intent.actors[0].account == fact.person:
        raise Refused(
            "person_key_by_oneself",
            Sentence(
                "不能登记：本人不能为自己登记密钥。",
                "Cannot enrol: nobody sees to the enrolment of a key of their own.",
            ),
            remedy=Sentence("请另一名考务人员生成登记码。", "Let another officer make the code."),
        )
    return fact


@duty(
    zh="停用本人密钥",
    en="Revoke a person's key",
    records=PersonKeyRevoked,
    posts=_HOLDERS,
    may_be_refused=True,
)
def revoke_person_key(plan: Any, fact: PersonKeyRevoked, act: Act) -> PersonKeyRevoked:
    """Lost, forgotten or no longer trusted: by the holder, or by whoever sees to keys."""
    actor = act.intent.actors[0]
    if actor.account != fact.person and actor.post not in _SEES_TO:
        raise Refused(
            "person_key_of_another",
            Sentence("不能停用：不是本人的密钥。", "Cannot revoke: it is not your own key."),
            remedy=Sentence("请本人或考务办公室停用。", "Let the holder or the exam office revoke it."),
        )
    return fact
