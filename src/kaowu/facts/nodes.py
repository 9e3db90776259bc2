"""Nodes among each other: who enrolled with whom, which plan a node works under, what was carried by hand."""

from kaowu.facts.catalogue import Fact, fact
from kaowu.facts.spelling import choice, digest, identifier, text
from kaowu.facts.spelling import number as count
from kaowu.facts.subjects import Subject


@fact(
    zh="节点登记",
    en="Node enrolled",
    about=Subject.REGISTER,
    line_zh="登记{standing}节点 {origin}（{role}，单位 {organisation}）",
    line_en="Node {origin} enrolled ({standing}; {role} of {organisation})",
)
class NodeEnrolled(Fact):
    """Another node's keys are known from now on; they were proven with a one-time code."""

    origin: str = identifier(zh="流水名称", en="Log", longest=200)
    standing: str = choice(
        ("below", "下级", "below"),
        ("above", "上级", "above"),
        ("standby", "备机", "standby"),
        zh="关系",
        en="Standing",
    )
    role: str = identifier(zh="级别", en="Role", longest=10)
    organisation: str = identifier(zh="单位", en="Organisation", required=False, longest=20)
    log_key: str = text(zh="流水公钥", en="Log key", longest=300)
    mirror_key: str = text(zh="副本公钥", en="Mirror key", longest=300)
    box_key: str = text(zh="加密公钥", en="Box key", longest=100)


@fact(
    zh="节点停用",
    en="Node revoked",
    about=Subject.REGISTER,
    line_zh="流水 {origin} 停在第 {size} 条，不再接收：{reason}",
    line_en="Log {origin} ends at {size}; nothing more is taken: {reason}",
)
class NodeRevoked(Fact):
    """A log was closed: its key signs nothing that is accepted any more. What is held stays."""

    origin: str = identifier(zh="流水名称", en="Log", longest=200)
    size: int = count(zh="已持有条数", en="Held")
    reason: str = text(zh="理由", en="Reason", longest=200)


@fact(
    zh="新纪元开启",
    en="Epoch opened",
    about=Subject.REGISTER,
    line_zh="接续流水 {previous}（{size} 条，树根 {root}），来源：{source}",
    line_en="Goes on from log {previous} ({size} facts, root {root}), copied from the {source}",
)
class EpochOpened(Fact):
    """The first fact of a rebuilt node: which log it goes on from, up to where that was vouched for."""

    previous: str = identifier(zh="前一流水", en="Previous log", longest=200)
    size: int = count(zh="条数", en="Facts")
    root: bytes = digest(zh="树根", en="Root")
    source: str = choice(
        ("upstream", "上级节点", "node above"),
        ("standby", "备机", "standby"),
        ("bundle", "离线包", "bundle"),
        zh="来源",
        en="Copied from",
    )


@fact(
    zh="计划包制成",
    en="Plan package made",
    about=Subject.REGISTER,
    line_zh="为 {organisation} 制成计划包（第 {number} 版），考生 {candidates} 人，摘要 {package}",
    line_en="Plan package {number} made for {organisation}, {candidates} candidates, digest {package}",
)
class PlanPackageMade(Fact):
    """Everything a node needs to hold its part of an exam with no network, sealed to its key."""

    package: bytes = digest(zh="计划包摘要", en="Digest of the package")
    of_exam: str = identifier(zh="考试", en="Exam", longest=40)
    organisation: str = identifier(zh="收件单位", en="For", longest=20)
    number: int = count(zh="版次", en="Number")
    candidates: int = count(zh="考生人数", en="Candidates")
    photographs: int | None = count(zh="附像数", en="Photographs", required=False)


@fact(
    zh="计划包装入",
    en="Plan package taken",
    about=Subject.EXAM,
    line_zh="装入 {maker} 的计划包（第 {number} 版），考生 {candidates} 人、{rooms} 个考场，摘要 {package}",
    line_en="Plan package {number} of {maker} taken: {candidates} candidates, {rooms} rooms, digest {package}",
)
class PlanPackageTaken(Fact):
    """From here on this node works under this package; every later fact carries its digest."""

    package: bytes = digest(zh="计划包摘要", en="Digest of the package")
    maker: str = identifier(zh="制作节点", en="Maker", longest=200)
    organisation: str = identifier(zh="收件单位", en="For", longest=20)
    number: int = count(zh="版次", en="Number")
    candidates: int = count(zh="考生人数", en="Candidates")
    rooms: int = count(zh="考场数", en="Rooms")
    photographs: int | None = count(zh="附像数", en="Photographs", required=False)


@fact(
    zh="离线包交接",
    en="Bundle carried",
    about=Subject.REGISTER,
    line_zh="离线包{act}：{peer}，第 {start} 至 {end} 条，摘要 {bundle}",
    line_en="Bundle {act}: {peer}, facts {start} to {end}, digest {bundle}",
)
class BundleCarried(Fact):
    """A memory stick was written or read, in the presence of two persons."""

    bundle: bytes = digest(zh="离线包摘要", en="Digest of the bundle")
    act: str = choice(("made", "导出", "made"), ("taken", "导入", "taken"), zh="动作", en="Act")
    peer: str = identifier(zh="对方", en="Other node", longest=200)
    start: int = count(zh="起", en="From")
    end: int = count(zh="止", en="To")


@fact(
    zh="信任策略设定",
    en="Witness policy set",
    about=Subject.REGISTER,
    line_zh="信任策略：{witnesses} 个见证人，法定数 {quorum}，来自 {source}",
    line_en="Policy: {witnesses} witnesses, quorum {quorum}, from {source}",
)
class WitnessPolicySet(Fact):
    """Who has to cosign this log's checkpoints, from here on; the text is that of the policy file."""

    policy: str = text(zh="策略全文", en="Policy", longest=20_000)
    witnesses: int = count(zh="见证人数", en="Witnesses")
    quorum: str = identifier(zh="法定数", en="Quorum", longest=200)
    source: str = identifier(zh="来源", en="From", longest=200)
