"""All tables of the store, so that Django finds them in one place."""

from kaowu.store.models.access_log import AccessLog
from kaowu.store.models.accounts import Account
from kaowu.store.models.draws import DutyRow
from kaowu.store.models.exam import Candidate, Exam, RoomSitting, SeatRow, Sitting
from kaowu.store.models.jobs import Job
from kaowu.store.models.journal import (
    Artefact,
    Checkpoint,
    DeviceCode,
    DeviceHead,
    DoomedKey,
    ErasedRecord,
    FindingRow,
    JournalEntry,
    JournalHead,
    RefusedRun,
    Scrub,
    ScrubFault,
)
from kaowu.store.models.mirror import (
    Arrival,
    Claim,
    CopiedDevice,
    CopyFault,
    Invitation,
    LogConflict,
    MirroredCheckpoint,
    MirroredEntry,
    MirroredLog,
    MirroredPersonal,
    PackedFact,
    SentDown,
    TakenPackage,
    Upstream,
)
from kaowu.store.models.person_keys import CopiedPersonKey, PersonKeyRow, Slip
from kaowu.store.models.played_clock import PlayedClock
from kaowu.store.models.program_tokens import ProgramToken
from kaowu.store.models.registry import Entrance, Equipment, Organisation, Person, Room, School, Site
from kaowu.store.models.scopes import SEPARATED_POSTS, Assignment
from kaowu.store.models.scores import FrozenScores
from kaowu.store.models.second_factors import SecondFactor
from kaowu.store.models.witnesses import Cosignature, WitnessPolicy, WitnessState

__all__ = [
    "SEPARATED_POSTS",
    "AccessLog",
    "Account",
    "Arrival",
    "Artefact",
    "Assignment",
    "Candidate",
    "Checkpoint",
    "Claim",
    "CopiedDevice",
    "CopiedPersonKey",
    "CopyFault",
    "Cosignature",
    "DeviceCode",
    "DeviceHead",
    "DoomedKey",
    "DutyRow",
    "Entrance",
    "Equipment",
    "ErasedRecord",
    "Exam",
    "FindingRow",
    "FrozenScores",
    "Invitation",
    "Job",
    "JournalEntry",
    "JournalHead",
    "LogConflict",
    "MirroredCheckpoint",
    "MirroredEntry",
    "MirroredLog",
    "MirroredPersonal",
    "Organisation",
    "PackedFact",
    "Person",
    "PersonKeyRow",
    "PlayedClock",
    "ProgramToken",
    "RefusedRun",
    "Room",
    "RoomSitting",
    "School",
    "Scrub",
    "ScrubFault",
    "SeatRow",
    "SecondFactor",
    "SentDown",
    "Site",
    "Sitting",
    "Slip",
    "TakenPackage",
    "Upstream",
    "WitnessPolicy",
    "WitnessState",
]
