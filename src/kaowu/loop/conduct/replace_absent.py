"""缺岗替补: somebody drawn does not come, and the list that holds from now on takes the place of the old one."""

from kaowu.basics.errors import Refused, Sentence
from kaowu.exam.draw import Draw
from kaowu.facts.staffing import PersonReplaced
from kaowu.loop.duty import Act, duty
from kaowu.loop.list_in_force import require_current, require_unlocked
from kaowu.loop.posts import AT_SITE_HEAD, IN_OFFICE


@duty(
    zh="缺岗替补",
    en="Replace somebody absent",
    records=PersonReplaced,
    posts=(*AT_SITE_HEAD, *IN_OFFICE),
    may_be_refused=True,
)
def replace_absent(draw: Draw, fact: PersonReplaced, act: Act) -> PersonReplaced:
    """Once for each absence, on the list in force; who is locked stays where they are."""
    require_current(draw, fact.before)
    if (fact.sitting, fact.absent) in draw.since_sealed.absent:
        raise Refused(
            "absence_on_record",
            Sentence(
                zh=f"不能办理：{fact.absent} 在 {fact.sitting} 场未到已经记录。",
                en=f"Cannot be done: the absence of {fact.absent} in sitting {fact.sitting} is on record.",
            ),
        )
    if fact.called and not {actor.post for actor in act.intent.actors} & set(IN_OFFICE):
        raise Refused(
            "site_cannot_appoint",
            Sentence(
                zh="不能办理：从考点外调人由市、县招生考试机构办理。",
                en="Cannot be done: people from outside the site are sent by city or county.",
            ),
            remedy=Sentence(zh="请报市、县招生考试机构。", en="Call the city or county office."),
        )
    require_unlocked(draw, [(fact.sitting, person) for person in (fact.came, *fact.moved)])
    return fact
