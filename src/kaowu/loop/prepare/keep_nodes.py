"""节点: enrolment, revocation, epochs, packages and bundles, as the nodes' own machinery hands them in.

Whether a key, a package or a bundle is good was judged before by whoever read
it; nothing reaches these duties that was not proven.
"""

from kaowu.exam.plan import ExamPlan
from kaowu.facts.nodes import (
    BundleCarried,
    EpochOpened,
    NodeEnrolled,
    NodeRevoked,
    PlanPackageMade,
    PlanPackageTaken,
    WitnessPolicySet,
)
from kaowu.loop.duty import Act, duty
from kaowu.loop.posts import AT_SITE_OFFICE, IN_OFFICE

_KEEPERS = (*IN_OFFICE, *AT_SITE_OFFICE, "system_administrator")


@duty(zh="登记节点", en="Enrol a node", records=NodeEnrolled, posts=_KEEPERS)
def enrol_node(plan: ExamPlan, fact: NodeEnrolled, act: Act) -> NodeEnrolled:
    """The code was proven by both sides."""
    return fact


@duty(zh="停用节点", en="Revoke a node", records=NodeRevoked, posts=_KEEPERS)
def revoke_node(plan: ExamPlan, fact: NodeRevoked, act: Act) -> NodeRevoked:
    """What is held stays and stays provable."""
    return fact


@duty(zh="开启新纪元", en="Open an epoch", records=EpochOpened, posts=_KEEPERS)
def open_epoch(plan: ExamPlan, fact: EpochOpened, act: Act) -> EpochOpened:
    """The first fact of a log that goes on from another."""
    return fact


@duty(zh="制作计划包", en="Make a plan package", records=PlanPackageMade, posts=_KEEPERS)
def make_plan_package(plan: ExamPlan, fact: PlanPackageMade, act: Act) -> PlanPackageMade:
    """The package lies sealed; the fact binds it."""
    return fact


@duty(zh="装入计划包", en="Take a plan package", records=PlanPackageTaken, posts=_KEEPERS)
def take_plan_package(plan: ExamPlan, fact: PlanPackageTaken, act: Act) -> PlanPackageTaken:
    """The package was opened and judged; its plan is in force from here on."""
    return fact


@duty(
    zh="交接离线包",
    en="Carry a bundle",
    records=BundleCarried,
    posts=_KEEPERS,
    persons=2,
    may_be_refused=True,
)
def carry_bundle(plan: ExamPlan, fact: BundleCarried, act: Act) -> BundleCarried:
    """Two persons at the memory stick, on leaving and on arriving."""
    return fact


@duty(zh="设定信任策略", en="Set the policy of witnesses", records=WitnessPolicySet, posts=_KEEPERS)
def set_witness_policy(plan: ExamPlan, fact: WitnessPolicySet, act: Act) -> WitnessPolicySet:
    """Who has to cosign the checkpoints of this node's log; the text was judged before."""
    return fact
