"""Lessons (经验教训): what one exam taught, and where the next plan took it up."""

from kaowu.facts.catalogue import Fact, fact
from kaowu.facts.spelling import choice, identifier, text
from kaowu.facts.subjects import Subject


@fact(
    zh="经验教训",
    en="Lesson recorded",
    about=Subject.EXAM,
    line_zh="{phase}：{title}",
    line_en="{phase}: {title}",
)
class LessonRecorded(Fact):
    """Something that the next exam should do otherwise, or do again."""

    phase: str = choice(
        ("prepare", "考前筹备", "prepare"),
        ("conduct", "考中实施", "conduct"),
        ("settle", "考后收尾", "settle"),
        zh="环节",
        en="Phase",
    )
    title: str = text(zh="要点", en="In short", longest=120)
    story: str = text(zh="情况与原因", en="What happened and why", longest=2000)
    advice: str = text(zh="下次怎么做", en="What to do next time", longest=1000)
    seen_in: str = identifier(zh="依据的记录", en="Record that shows it", required=False, longest=36)


@fact(
    zh="经验教训处理",
    en="Lesson answered",
    about=Subject.EXAM,
    line_zh="对 {of_exam} 的经验教训：{outcome}；{words}",
    line_en="Lesson of {of_exam}: {outcome}; {words}",
)
class LessonAnswered(Fact):
    """A later exam's plan says what it made of a lesson, and in which record that can be seen."""

    lesson: str = identifier(zh="经验教训", en="Lesson", longest=36)
    of_exam: str = identifier(zh="出自考试", en="Of exam", longest=40)
    outcome: str = choice(
        ("changed", "方案已改", "the plan was changed"),
        ("kept", "照旧即可", "the plan holds as it is"),
        ("declined", "不采纳", "not taken up"),
        zh="处理",
        en="Outcome",
    )
    changed_in: str = identifier(
        zh="改在哪条记录", en="Record in which it was changed", required=False, longest=36
    )
    words: str = text(zh="说明", en="In words", longest=1000)
