"""Entry on exam day: who came in, who did not come."""

from kaowu.facts.catalogue import Fact, fact
from kaowu.facts.spelling import choice, identifier, instant, text, yes_no
from kaowu.facts.subjects import Subject


@fact(
    zh="考生入场",
    en="Candidate admitted",
    about=Subject.ROOM_SITTING,
    line_zh="准考证 {admission_number} 入场（{identity}）",
    line_en="Ticket {admission_number} admitted ({identity})",
)
class CandidateAdmitted(Fact):
    """A candidate entered the room; a doubtful identity is admitted and settled later."""

    admission_number: str = identifier(zh="准考证号", en="Admission number")
    identity: str = choice(
        ("matched", "身份相符", "identity matched"),
        ("in_doubt", "存疑，先入场", "in doubt, admitted first"),
        zh="身份核验",
        en="Identity check",
    )
    written_at: int | None = instant(
        zh="纸面登记时间（补录）", en="Time on paper (entered later)", required=False
    )


@fact(
    zh="考生缺考",
    en="Candidate absent",
    about=Subject.ROOM_SITTING,
    line_zh="准考证 {admission_number} 缺考",
    line_en="Ticket {admission_number} absent",
)
class CandidateAbsent(Fact):
    """A candidate did not come. Absent is a state of its own, neither 0 nor void."""

    admission_number: str = identifier(zh="准考证号", en="Admission number")


@fact(
    zh="存疑核定",
    en="Doubt settled",
    about=Subject.ROOM_SITTING,
    line_zh="准考证 {admission_number} 存疑核定：本人 {is_candidate}",
    line_en="Doubt about ticket {admission_number} settled: the candidate in person: {is_candidate}",
)
class DoubtSettled(Fact):
    """Two persons compared the pictures and decided, within the sitting."""

    admission_number: str = identifier(zh="准考证号", en="Admission number")
    is_candidate: bool = yes_no(zh="确为本人", en="Is the candidate")
    grounds: str = text(zh="依据", en="Grounds", personal=True, longest=500)
