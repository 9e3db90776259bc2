"""Posts as the papers of the staff show them: name, duty, vest, list and minutes, by rule data and this exam's profile."""

import re
from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import replace

from kaowu.basics.clock import Instant, exam_time
from kaowu.exam.plan import Sitting
from kaowu.reports.contents import Note, StaffPost, Timed, Vest
from kaowu.reports.wording import clock
from kaowu.rules.load import rulebook
from kaowu.rules.model import Checklist, ChecklistItem, Clause, Step
from kaowu.rules.moment import DAY
from kaowu.rules.profile import Profile

_PROOFS = {"count": "记数", "time": "记时", "photo": "拍照", "seal": "记封条号"}
"""What an item leaves behind, where its own words do not say so; signatures do."""
_FIRST = ("chief_invigilator", "assistant_invigilator")
_READY = "staff_ready"
_CODE = re.compile(r"\A[A-Z][A-Z0-9-]* [a-z0-9()-]+ ")
_ITEM = re.compile(r"第（[^）]+）项\Z")
_LINES = (
    "late_limit_minutes",
    "unseal_before_start",
    "distribute_before_start",
    "absent_marked_after_minutes",
    "incident_handled_minutes",
)


class PostWords:
    """The posts of one exam: what is asked of every post is worked out once."""

    def __init__(self, profile: Profile, sittings: Sequence[Sitting]) -> None:
        self._profile, self._sittings = profile, sittings

    def post(self, code: str, in_rooms: bool = False) -> StaffPost:
        """One post; without a checklist it has its code, the minutes and no list."""
        found = rulebook().checklists.get(code)
        if found is None:
            return StaffPost(code, code, script=self._script(code), in_rooms=in_rooms)
        vest = found.vest
        return StaffPost(
            code=code,
            name=found.title.zh,
            duty=found.duty.zh,
            vest=Vest(vest.colour.zh, vest.rgb) if vest else None,
            reports=self._reports(found),
            hands_over=self._hands_over(found),
            steps=self._steps(found),
            script=self._script(code),
            in_rooms=in_rooms,
        )

    def posts(self, codes: Collection[str], in_rooms: Collection[str]) -> tuple[StaffPost, ...]:
        """Several posts, those of rooms first, in the order in which the lists name them."""
        known = list(rulebook().checklists)
        rest = [code for code in known if code not in _FIRST]
        places = {code: at for at, code in enumerate((*_FIRST, *rest))}
        ordered = sorted(codes, key=lambda code: (code not in in_rooms, places.get(code, len(places)), code))
        return tuple(self.post(code, code in in_rooms) for code in ordered)

    def _reports(self, found: Checklist) -> Timed:
        """Where and when one reports: when the staff is to be there, or earlier if the list begins earlier."""
        first = [item for item in found.items if item.at.anchor != DAY]
        place = found.reports_to.zh if found.reports_to else ""

        def earliest(sitting: Sitting) -> Instant:
            times = [self._at(item, sitting) for item in first]
            if _READY in self._profile.script.by_key:
                times.append(self._step_at(self._profile.script.by_key[_READY], sitting))
            return min(times, default=sitting.starts_at)

        return self._timed(place, earliest)

    def _hands_over(self, found: Checklist) -> Timed | None:
        """To whom and when: with the last thing on the list."""
        if found.hands_over_to is None:
            return None
        items = [item for item in found.items if item.at.anchor != DAY]
        return self._timed(
            found.hands_over_to.zh,
            lambda sitting: max((self._at(item, sitting) for item in items), default=sitting.ends_at),
        )

    def _steps(self, found: Checklist) -> tuple[Timed, ...]:
        """The list in order of time; what is due days before has its day in the first column."""
        days = [item for item in found.items if item.at.anchor == DAY]
        timed = [item for item in found.items if item.at.anchor != DAY]
        if self._sittings:
            first = self._sittings[0]
            timed.sort(key=lambda item: self._at(item, first))
        return (*map(self._day_step, days), *map(self._timed_step, timed))

    def _day_step(self, item: ChecklistItem) -> Timed:
        if not self._sittings:
            return Timed(item.text.zh)
        first = self._sittings[0]
        day = exam_time(self._at(item, first))
        return Timed(item.text.zh, ((first.id, f"{day.month}月{day.day}日"),), proof=_proof(item))

    def _timed_step(self, item: ChecklistItem) -> Timed:
        timed = self._timed(item.text.zh, lambda sitting: self._at(item, sitting))
        return replace(timed, every_minutes=item.every_minutes, proof=_proof(item))

    def _script(self, post: str) -> tuple[Timed, ...]:
        """The minutes of every sitting, with the steps that this post answers for."""
        steps = list(self._profile.script.steps)
        if self._sittings:
            first = self._sittings[0]
            steps.sort(key=lambda step: self._step_at(step, first))
        return tuple(replace(self._script_step(step), own=step.post == post) for step in steps)

    def _script_step(self, step: Step) -> Timed:
        return self._timed(step.label.zh, lambda sitting: self._step_at(step, sitting))

    def _timed(self, text: str, at: Callable[[Sitting], Instant]) -> Timed:
        return Timed(text, tuple((sitting.id, clock(exam_time(at(sitting)))) for sitting in self._sittings))

    def _at(self, item: ChecklistItem, sitting: Sitting) -> Instant:
        occasion = self._occasion(sitting)
        return self._profile.instant_of(item.at, sitting.starts_at, sitting.ends_at, occasion)

    def _step_at(self, step: Step, sitting: Sitting) -> Instant:
        occasion = self._occasion(sitting) if step.when else ""
        return self._profile.instant_of(step.moment(occasion), sitting.starts_at, sitting.ends_at, occasion)

    def _occasion(self, sitting: Sitting) -> str:
        return self._profile.occasion(sitting.subjects, is_first=sitting.id == self._sittings[0].id)


def staff_rules(profile: Profile) -> tuple[Note, ...]:
    """What everybody who serves must know: this exam's numbers, and what ends a person's work at exams."""
    return (*_numbers(profile), *_clauses(profile))


def _numbers(profile: Profile) -> Iterator[Note]:
    lines = [profile.lines[key] for key in _LINES if key in profile.lines]
    said = [f"{line.spec.label.zh} {line.said.zh}" for line in lines if line.value is not None]
    if said:
        yield Note("本次考试：" + "；".join(said) + "。")


def _clauses(profile: Profile) -> Iterator[Note]:
    """What staff must not do, one note for each consequence the regulation names."""
    groups: dict[str, list[Clause]] = {}
    for clause in profile.clauses.values():
        if clause.kind.by_staff and clause.consequence is not None:
            groups.setdefault(clause.consequence.zh, []).append(clause)
    for consequence, clauses in groups.items():
        deeds = "；".join(clause.behaviour.zh for clause in clauses)
        title = _ITEM.sub("", _title(profile.cite(clauses[0].citation)))
        yield Note(f"有下列情形的，{consequence}：{deeds}。", title)


def _title(cited: str) -> str:
    """A citation as officers read it, without the code by which rule data name it."""
    return _CODE.sub("", cited)


def _proof(item: ChecklistItem) -> str:
    return _PROOFS.get(item.proof, "")
