"""Facts about the record itself: corrections, refused attempts, edited registers."""

from kaowu.facts.catalogue import Fact, fact
from kaowu.facts.spelling import choice, identifier, text
from kaowu.facts.subjects import Subject


@fact(
    zh="更正",
    en="Fact withdrawn",
    about=Subject.ROOM_SITTING,
    line_zh="更正 {withdrawn}：{reason}",
    line_en="{withdrawn} withdrawn: {reason}",
)
class FactWithdrawn(Fact):
    """An earlier fact was recorded in error; it stays in the journal and no longer counts."""

    withdrawn: str = identifier(zh="被更正的记录", en="The fact that is withdrawn")
    reason: str = text(zh="理由", en="Reason", longest=500)


@fact(
    zh="发现销号",
    en="Finding answered",
    about=Subject.ROOM_SITTING,
    line_zh="发现 {code} 销号：{answer}",
    line_en="Finding {code} answered: {answer}",
)
class FindingAnswered(Fact):
    """What was done about a finding of an earlier record; it no longer stands open."""

    record: str = identifier(zh="有发现的记录", en="The record with the finding")
    code: str = identifier(zh="发现代码", en="Code of the finding", longest=80)
    answer: str = text(zh="处理情况", en="What was done", longest=500)


@fact(
    zh="操作被拒",
    en="Attempt refused",
    about=Subject.SITE,
    line_zh="“{duty}”被拒：{code}",
    line_en="“{duty}” refused: {code}",
)
class AttemptRefused(Fact):
    """Somebody tried what must not be done; the trying is on record."""

    duty: str = identifier(zh="职责", en="Duty")
    code: str = identifier(zh="原因代码", en="Code")
    target: str = identifier(zh="对象", en="Target", longest=120, required=False)


@fact(
    zh="名录变更",
    en="Register entry changed",
    about=Subject.REGISTER,
    line_zh="{register} {key} 变更：{fields}",
    line_en="{register} {key} changed: {fields}",
)
class RegisterEntryChanged(Fact):
    """A register was edited: which entry, which fields; the values are kept apart."""

    register: str = identifier(zh="名录", en="Register")
    key: str = identifier(zh="条目", en="Entry", longest=120)
    fields: str = text(zh="字段", en="Fields", longest=500)
    changes: str = text(zh="变更内容", en="Changes", personal=True, longest=8000)


@fact(
    zh="个人信息清除",
    en="Personal data erased",
    about=Subject.EXAM,
    line_zh="记录 {record} 的个人信息清除，依据：{grounds}",
    line_en="Personal fields of record {record} erased, on the ground of {grounds}",
)
class PersonalDataErased(Fact):
    """The personal fields beside a record and their salt were destroyed; the record and every proof stay."""

    record: str = identifier(zh="被清除的记录", en="The record whose personal fields were erased")
    grounds: str = choice(
        ("retention", "保存期满", "the retention period is over"),
        ("request", "本人申请", "the person asked for it"),
        ("unlawful", "不应收集", "they should not have been collected"),
        zh="依据",
        en="Ground",
    )


@fact(
    zh="奉通知清除个人信息",
    en="Personal data erased on order",
    about=Subject.EXAM,
    line_zh="奉 {ordered_by} 的通知（{order}）清除记录 {record} 的个人信息",
    line_en="Personal fields of record {record} erased on the order {order} of {ordered_by}",
)
class PersonalDataErasedOnOrder(Fact):
    """A node above has erased these personal fields by two officers' hands; this node has done likewise."""

    record: str = identifier(zh="被清除的记录", en="The record whose personal fields were erased")
    ordered_by: str = identifier(zh="上级流水", en="Log of the node above", longest=200)
    order: str = identifier(zh="上级的清除记录", en="The record of the erasure above")
