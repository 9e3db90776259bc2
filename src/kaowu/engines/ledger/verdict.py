"""What the judge of an archive says: accepted, or the first bad place and why."""

import base64
from collections.abc import Mapping
from dataclasses import dataclass, field

from kaowu.basics.errors import Sentence
from kaowu.engines.ledger.faults import SIGNATURE_FAULTS


@dataclass(frozen=True, slots=True)
class FirstBad:
    """The first place that does not hold: which part, where in the file, and why."""

    code: str
    part: str
    offset: int
    length: int
    index: int | None = None
    """Of the fact (from 0), where the place is one fact; of facts before it, at a checkpoint."""

    @property
    def place(self) -> Sentence:
        """The place in words."""
        zh, en = _PARTS[self.part]
        if self.index is not None:
            zh, en = f"{zh}（流水序号 {self.index}）", f"{en} (journal index {self.index})"
        if not self.length and not self.offset:
            return Sentence(zh, en)
        where_zh = f"文件第 {self.offset:,} 字节起 {self.length:,} 字节"
        return Sentence(f"{zh}，{where_zh}", f"{en}, {self.length:,} bytes from offset {self.offset:,}")

    @property
    def reason(self) -> Sentence:
        """Why the place does not hold."""
        return _REASONS[self.code]

    def as_dict(self) -> dict[str, object]:
        """The place as JSON values."""
        return {
            "code": self.code,
            "part": self.part,
            "offset": self.offset,
            "length": self.length,
            "index": self.index,
            "place": self.place.as_dict(),
            "reason": self.reason.as_dict(),
        }


@dataclass(frozen=True, slots=True)
class Verdict:
    """The judgement of one archive. After a bad place the counts are of what was read before it."""

    ok: bool
    origin_checked: bool
    """The seal is by a key that was given from outside."""
    checkpoints_checked: tuple[int, ...]
    """The sizes of the checkpoints from outside with which the journal agrees."""
    facts_checked: bool
    """Each fact was read; else only digests, roots and signatures were checked."""
    origin: str
    exam: str
    key: str
    made_at: int | None
    size: int
    root: bytes
    checkpoints: int
    artefacts: int
    documents: int
    erased: int
    """Facts whose personal fields were erased; their proofs still hold."""
    length: int
    signatures: int = 0
    """Signatures of devices, of the node's office and of persons that were checked."""
    signed: int = 0
    """Facts that lie under a signature of a device or of the node's office which holds."""
    faults: tuple[FirstBad, ...] = ()
    """Every chain or signature that does not hold, up to a thousand; the reading went on behind each."""
    faulty: int = 0
    """How many such faults there are in all."""
    first_bad: FirstBad | None = None
    withheld: Mapping[str, int] = field(default_factory=dict)
    """Artefacts that are left out of this archive, by what they are; facts bind their digests."""
    withheld_fields: int = 0
    """Facts whose personal fields are left out; the entries commit to them."""
    settled: int | None = None
    """How many facts the quorum of the policy has cosigned; None without a policy."""

    @property
    def sentence(self) -> Sentence:
        """The judgement in one sentence."""
        if self.first_bad is not None:
            where, why = self.first_bad.place, self.first_bad.reason
            if self.faulty and self.first_bad == self.faults[0]:
                return Sentence(
                    f"不予认可。字节无误，但有 {self.faulty:,} 处链或签名不成立。最先一处：{where.zh}：{why.zh}。",
                    f"Refused. The bytes hold, but {self.faulty:,} chains or signatures do not. "
                    f"First: {where.en}: {why.en}.",
                )
            return Sentence(
                f"不予认可。最先出错处：{where.zh}：{why.zh}。",
                f"Refused. First bad place: {where.en}: {why.en}.",
            )
        zh, en = f"{self.size:,} 条记录", f"{self.size:,} facts"
        if self.withheld or self.withheld_fields:
            files = sum(self.withheld.values())
            zh += f"；未随附：封存件 {files:,} 件、{self.withheld_fields:,} 条记录的个人信息"
            en += f"; withheld: {files:,} artefacts, personal fields of {self.withheld_fields:,} facts"
        if self.origin_checked:
            return Sentence(f"归档完整，来源属实：{zh}。", f"Whole, origin checked: {en}.")
        return Sentence(f"内部一致，来源未核：{zh}。", f"Consistent, origin not checked: {en}.")

    def as_dict(self) -> dict[str, object]:
        """The judgement as JSON values."""
        return {
            "ok": self.ok,
            "origin_checked": self.origin_checked,
            "checkpoints_checked": list(self.checkpoints_checked),
            "facts_checked": self.facts_checked,
            "origin": self.origin,
            "exam": self.exam,
            "key": self.key,
            "made_at": self.made_at,
            "size": self.size,
            "root": base64.b64encode(self.root).decode(),
            "checkpoints": self.checkpoints,
            "artefacts": self.artefacts,
            "documents": self.documents,
            "erased": self.erased,
            "withheld": dict(self.withheld),
            "withheld_fields": self.withheld_fields,
            "length": self.length,
            "signatures": self.signatures,
            "signed": self.signed,
            "settled": self.settled,
            "faulty": self.faulty,
            "faults": [fault.as_dict() for fault in self.faults],
            "first_bad": self.first_bad.as_dict() if self.first_bad else None,
            "sentence": self.sentence.as_dict(),
        }


_PARTS = {
    "mark": ("文件标记", "the mark of the file"),
    "head": ("归档首部", "the head"),
    "facts": ("流水记录块", "a block of facts"),
    "fact": ("流水记录", "a fact"),
    "checkpoint": ("校验点", "a checkpoint"),
    "artefact": ("封存件", "a sealed artefact"),
    "document": ("文档", "a document"),
    "content": ("封存件或文档的内容", "the content of an artefact or document"),
    "manifest": ("归档清单", "the manifest"),
    "seal": ("归档封签", "the seal"),
    "outside": ("所给校验点", "the checkpoint that was given"),
    "frame": ("数据帧", "a frame"),
    "end": ("文件末尾", "the end of the file"),
}


def reason_of(code: str) -> Sentence:
    """Why a place does not hold, in words."""
    return _REASONS[code]


_REASONS = {
    "row_missing": Sentence("记录缺失", "the fact is missing"),
    "not_an_archive": Sentence("不是考务归档文件", "this is not an archive of kaowu"),
    "truncated": Sentence("文件在此中断", "the file breaks off here"),
    "trailing_bytes": Sentence("封签之后还有多余内容", "something follows the seal"),
    "unknown_part": Sentence("没有这种数据帧", "there is no such kind of frame"),
    "too_long": Sentence("数据帧超过长度上限", "the frame is longer than any may be"),
    "out_of_order": Sentence("各部分次序不对", "the parts are not in their order"),
    "digest_wrong": Sentence(
        "内容与其摘要不符，已被改动", "the content does not match its digest; it was changed"
    ),
    "malformed": Sentence("内容不合格式", "the content does not have the form it should"),
    "version_unknown": Sentence(
        "归档版本或密码套件不认识", "the version of the archive or its cipher suite is unknown"
    ),
    "other_key": Sentence("由另一密钥签发，不是所给公钥", "it was signed by another key than the one given"),
    "leaf_hash_wrong": Sentence("记录与其叶哈希不符", "the fact does not match its leaf hash"),
    "leaf_not_canonical": Sentence(
        "收记时间与记录的编码不规范", "receipt time and entry are not canonically encoded"
    ),
    "leaf_malformed": Sentence("应为收记时间与记录两项", "it should hold a time of receipt and an entry"),
    "entry_not_canonical": Sentence("记录的编码不规范", "the entry is not canonically encoded"),
    "entry_malformed": Sentence(
        "记录的字段不合格式", "the fields of the entry do not have the form they should"
    ),
    "id_repeated": Sentence("记录编号与之前的重复", "an earlier fact has the same id"),
    "recorded_backwards": Sentence("收记时间早于前一条", "it was received before the fact that precedes it"),
    **SIGNATURE_FAULTS,
    "personal_altered": Sentence(
        "个人信息与记录中的承诺值不符", "personal fields do not match the commitment in the entry"
    ),
    "personal_uncommitted": Sentence("记录中没有个人信息的承诺值", "the entry commits to no personal fields"),
    "note_malformed": Sentence("签名文本不合格式", "the signed note does not have the form it should"),
    "note_signature": Sentence("签名不成立", "the signature does not hold"),
    "checkpoint_of_other_log": Sentence("校验点属于另一本流水", "the checkpoint is of another log"),
    "checkpoint_size": Sentence(
        "校验点的条数与此前的记录数不符", "the checkpoint's size is not the number of facts before it"
    ),
    "checkpoint_root": Sentence(
        "此前的记录与校验点的根不符：有记录被改动、增删或调换",
        "the facts before it do not match the checkpoint's root: some were altered, added, dropped or moved",
    ),
    "checkpoint_missing": Sentence(
        "最后一个校验点没有覆盖全部记录", "the last checkpoint does not cover all facts"
    ),
    "outside_signature": Sentence(
        "所给校验点的签名不成立", "the signature of the checkpoint that was given does not hold"
    ),
    "outside_of_other_log": Sentence(
        "所给校验点属于另一本流水", "the checkpoint that was given is of another log"
    ),
    "outside_longer": Sentence(
        "所给校验点的条数多于本归档：有记录被删去",
        "the checkpoint that was given counts more facts than the archive holds: facts were dropped",
    ),
    "outside_root": Sentence(
        "与所给校验点不一致：此前的记录被改写",
        "it contradicts the checkpoint that was given: facts before it were rewritten",
    ),
    "policy_unmet": Sentence(
        "法定数的见证只到这一条数，其后的记录没有见证齐",
        "the quorum of the policy has cosigned only so many facts, not what follows",
    ),
    "cosignature_false": Sentence("一个见证签名不成立", "the signature of a witness does not hold"),
    "content_digest": Sentence("内容与登记的摘要不符", "the content is not what its digest says"),
    "artefact_missing": Sentence(
        "记录所绑定的封存件不在归档中", "a sealed artefact that this fact binds is not in the archive"
    ),
    "score_fact_malformed": Sentence(
        "成绩记录的字段不合格式", "a record of scores does not have the fields it should"
    ),
    "score_leaves_unbound": Sentence(
        "冻结成绩的记录没有绑定叶摘要文件", "the freeze of scores does not bind its file of leaves"
    ),
    "score_frozen_again": Sentence(
        "成绩审定之后又被冻结", "scores were frozen once more after they had been approved"
    ),
    "score_count_wrong": Sentence(
        "叶摘要文件的份数与冻结的人数不符：有成绩被增加或删去",
        "the file of leaves does not count as many candidates as the freeze: scores were added or dropped",
    ),
    "score_root_wrong": Sentence(
        "叶摘要与冻结时的成绩根不符：有成绩被改动或调换",
        "the leaves do not make the root of the freeze: scores were altered or moved",
    ),
    "score_root_unknown": Sentence(
        "审定、发布或更正的不是此前冻结并审定的成绩",
        "what is approved, released or corrected is not what was frozen and approved before",
    ),
    "score_leaf_unknown": Sentence(
        "更正所指的原成绩不是冻结的或此前更正的成绩",
        "the score that is corrected is neither a frozen one nor the last correction",
    ),
    "manifest_wrong": Sentence("清单与实际内容不符", "the manifest does not match what the archive holds"),
    "seal_wrong": Sentence("封签与此前的内容不符", "the seal does not match what precedes it"),
}
