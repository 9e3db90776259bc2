"""Setting up an exam: from which profile, which sittings, which numbers."""

from kaowu.facts.catalogue import Fact, fact
from kaowu.facts.spelling import digest, identifier, identifiers, instant, text
from kaowu.facts.subjects import Subject


@fact(
    zh="考试建立",
    en="Exam set up",
    about=Subject.EXAM,
    line_zh="建立“{name}”，类别配置 {profile}",
    line_en="“{name}” set up from profile {profile}",
)
class ExamSetUp(Fact):
    """An exam begins its life: a name, a profile, an authority."""

    name: str = text(zh="考试名称", en="Name of the exam", longest=80)
    profile: str = identifier(zh="类别配置", en="Profile")
    organisation: str = identifier(zh="主办机构", en="Organised by")


@fact(
    zh="考试说明入册",
    en="Exam described",
    about=Subject.EXAM,
    line_zh="考试说明（科目、学校、证件）入册，摘要 {description}",
    line_en="Description of the exam (subjects, schools, documents) entered, digest {description}",
)
class ExamDescribed(Fact):
    """Subjects, schools and kinds of documents, as one sealed artefact."""

    description: bytes = digest(zh="考试说明摘要", en="Digest of the description")


@fact(
    zh="场次排定",
    en="Sitting scheduled",
    about=Subject.EXAM,
    line_zh="{sitting} 场：{subjects}，{starts_at} 至 {ends_at}",
    line_en="Sitting {sitting}: {subjects}, {starts_at} to {ends_at}",
)
class SittingScheduled(Fact):
    """One sitting with its subjects and times; a later one for the same sitting replaces it."""

    sitting: str = identifier(zh="场次", en="Sitting", longest=16)
    subjects: tuple[str, ...] = identifiers(zh="科目", en="Subjects")
    starts_at: int = instant(zh="开考时间", en="Starts at")
    ends_at: int = instant(zh="结束时间", en="Ends at")


@fact(
    zh="配置行改定",
    en="Profile line overridden",
    about=Subject.EXAM,
    line_zh="本次考试“{line}”改为 {value}，批准人 {approved_by}：{reason}",
    line_en="“{line}” is {value} for this exam, approved by {approved_by}: {reason}",
)
class ProfileLineOverridden(Fact):
    """One line of the profile is different for this exam, approved by a second person."""

    line: str = identifier(zh="配置行", en="Profile line")
    value: str = text(zh="改为", en="Value", longest=200)
    reason: str = text(zh="理由", en="Reason", longest=500)
    approved_by: str = identifier(zh="批准人", en="Approved by")
