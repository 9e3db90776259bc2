"""The sampling audit of read answer sheets: what is drawn from, the public seed, what was found."""

from kaowu.facts.catalogue import Fact, fact
from kaowu.facts.spelling import digest, number, text
from kaowu.facts.subjects import Subject


@fact(
    zh="抽查总体封存",
    en="Audit frame fixed",
    about=Subject.EXAM,
    line_zh="{subject} 抽查总体 {fields} 处（{sheets} 份）封存，样本 {sample} 处，清单 {frame}",
    line_en="Audit of {subject}: {fields} fields of {sheets} sheets fixed, sample {sample}, list {frame}",
)
class AuditFrameFixed(Fact):
    """All fields that were read without doubt, listed before anybody knows the seed."""

    subject: str = text(zh="科目", en="Exam subject", longest=40)
    frame: bytes = digest(zh="总体清单摘要", en="Digest of the list")
    sheets: int = number(zh="份数", en="Sheets", at_least=1)
    fields: int = number(zh="处数", en="Fields", at_least=1)
    bound_ppm: int = number(zh="目标上界（百万分之）", en="Bound aimed at, in a million", at_least=1)
    confidence: int = number(zh="置信度（%）", en="Confidence in percent", at_least=50, at_most=99)
    sample: int = number(zh="样本处数", en="Fields in the sample", at_least=1)
    bags: int | None = number(zh="列入的答题卡袋", en="Bags in the list", required=False)
    outside: int | None = number(zh="未列入的答题卡袋", en="Bags left out", required=False)


@fact(
    zh="抽查种子公布",
    en="Audit drawn",
    about=Subject.EXAM,
    line_zh="{subject} 抽查种子公布：{seed}",
    line_en="Audit of {subject} drawn with the public seed {seed}",
)
class AuditDrawn(Fact):
    """The seed came from hands of chance in public, after the list was fixed; anybody can draw again."""

    subject: str = text(zh="科目", en="Exam subject", longest=40)
    frame: bytes = digest(zh="总体清单摘要", en="Digest of the list")
    seed: str = text(zh="公开种子", en="Public seed", longest=200)


@fact(
    zh="抽查结论",
    en="Audit concluded",
    about=Subject.EXAM,
    line_zh="{subject} 抽查 {sampled} 处，误读 {errors} 处，误读率上界百万分之 {bound_ppm}（置信度 {confidence}%）",
    line_en="Audit of {subject}: {sampled} fields, {errors} misread, at most {bound_ppm} in a million ({confidence}%)",
)
class AuditConcluded(Fact):
    """Every sampled field was read blind by two persons; the bound that remains is stated."""

    subject: str = text(zh="科目", en="Exam subject", longest=40)
    frame: bytes = digest(zh="总体清单摘要", en="Digest of the list")
    fields: int = number(zh="总体处数", en="Fields in all", at_least=1)
    sampled: int = number(zh="抽查处数", en="Fields sampled", at_least=1)
    errors: int = number(zh="误读处数", en="Misread")
    bound_ppm: int = number(zh="上界（百万分之）", en="Bound, in a million")
    confidence: int = number(zh="置信度（%）", en="Confidence in percent", at_least=50, at_most=99)
