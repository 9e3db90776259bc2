"""Who may do what: the one table of posts and permissions.

A permission names an act on a kind of thing. A post that is not listed beside it does not have it, so a new
post starts with nothing. Over which part of the organisation tree a post holds stands in its assignment.
The three administrators are kept apart from business and from each other (三员分立): system administration
reads no business rows, audit administration changes nothing.
"""

from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

POSTS: dict[str, Promise] = {
    "city_officer": _("City exam officer"),
    "county_officer": _("County exam officer"),
    "site_chief": _("Site chief"),
    "deputy_site_chief": _("Deputy site chief"),
    "vault_keeper": _("Vault keeper"),
    "chief_invigilator": _("Chief invigilator"),
    "assistant_invigilator": _("Assistant invigilator"),
    "roving_invigilator": _("Roving invigilator"),
    "screener": _("Screener"),
    "patrol": _("Patrol"),
    "video_invigilator": _("Video invigilator"),
    "resident_inspector": _("Resident inspector"),
    "score_clerk": _("Score clerk"),
    "auditor": _("Auditor"),
    "system_administrator": _("System administrator"),
    "security_administrator": _("Security administrator"),
    "audit_administrator": _("Audit administrator"),
}

_OFFICERS = ("city_officer", "county_officer")
_CHIEFS = ("site_chief", "deputy_site_chief")
_ROOM = ("chief_invigilator", "assistant_invigilator")
_FLOOR = ("roving_invigilator", "screener", "patrol", "video_invigilator", "resident_inspector")
_BUSINESS = (*_OFFICERS, *_CHIEFS, "vault_keeper", *_ROOM, *_FLOOR, "auditor")


@dataclass(frozen=True, slots=True)
class Permission:
    """An act, in words, and the posts that may do it."""

    label: Promise
    posts: tuple[str, ...]


PERMISSIONS: dict[str, Permission] = {
    # registers
    "registry.see": Permission(_("See the registers"), (*_OFFICERS, *_CHIEFS, "auditor")),
    "registry.change": Permission(_("Change the registers"), _OFFICERS),
    "registry.import": Permission(_("Import registers from workbooks"), _OFFICERS),
    "person.reveal": Permission(_("See a full document number or telephone"), (*_OFFICERS, *_CHIEFS)),
    # prepare
    "exam.see": Permission(_("See the exam and its plan"), (*_BUSINESS, "score_clerk")),
    "exam.set_up": Permission(_("Set up the exam"), ("city_officer",)),
    "exam.approve": Permission(_("Approve lines of the profile for one exam"), ("city_officer",)),
    "roster.see": Permission(_("See candidates"), (*_OFFICERS, *_CHIEFS, "auditor")),
    "roster.import": Permission(_("Import candidate rosters"), _OFFICERS),
    "roster.export": Permission(_("Export candidates"), _OFFICERS),
    "candidate.reveal": Permission(_("See a candidate's full document number"), (*_OFFICERS, *_CHIEFS)),
    "site_plan.see": Permission(_("See the plan of sites and past use"), (*_OFFICERS, *_CHIEFS, "auditor")),
    "site_plan.change": Permission(_("Plan and open sites"), _OFFICERS),
    "seats.see": Permission(_("See seat plans"), (*_OFFICERS, *_CHIEFS, "auditor")),
    "seats.arrange": Permission(_("Arrange and seal seats"), _OFFICERS),
    "staffing.see": Permission(_("See staffing needs and draws"), (*_OFFICERS, *_CHIEFS, "auditor")),
    "draw.hold": Permission(_("Hold a draw"), (*_OFFICERS, *_CHIEFS)),
    "draw.witness": Permission(
        _("Sign at a draw as the second person"), (*_OFFICERS, *_CHIEFS, "vault_keeper", "patrol", "auditor")
    ),
    "duties.see": Permission(_("See who has which duty"), (*_OFFICERS, *_CHIEFS, "auditor")),
    "duties.change": Permission(_("Change duties by hand"), (*_OFFICERS, *_CHIEFS)),
    "duties.replace": Permission(
        _("Take people in at their post and replace the absent"), (*_OFFICERS, *_CHIEFS)
    ),
    "pay.see": Permission(_("See the pay of exam staff"), (*_OFFICERS, *_CHIEFS, "auditor")),
    "sheets.see": Permission(_("See answer sheets"), (*_OFFICERS, *_CHIEFS, "auditor")),
    "sheets.approve": Permission(_("Design and approve answer sheets"), _OFFICERS),
    "papers.print": Permission(_("Print tickets, lists and packs"), (*_OFFICERS, *_CHIEFS)),
    "rehearsal.see": Permission(
        _("See rehearsals of the software and their problems"), (*_OFFICERS, *_CHIEFS, "auditor")
    ),
    "rehearsal.hold": Permission(_("Hold a rehearsal and answer its problems"), (*_OFFICERS, *_CHIEFS)),
    # conduct
    "day.see": Permission(_("See rooms and their timeline"), _BUSINESS),
    "day.record": Permission(_("Record entry, absence and counts"), (*_CHIEFS, *_ROOM)),
    "packets.handle": Permission(_("Issue, unseal and collect packets"), (*_CHIEFS, "vault_keeper", *_ROOM)),
    "violation.record": Permission(_("Record a violation"), (*_CHIEFS, *_ROOM)),
    "inspection.see": Permission(
        _("See the resident inspection teams"), (*_OFFICERS, *_CHIEFS, "auditor", "resident_inspector")
    ),
    "inspection.assign": Permission(_("Assign resident inspection teams"), _OFFICERS),
    "inspection.record": Permission(
        _("Record what a resident team sees"), (*_OFFICERS, *_CHIEFS, "resident_inspector")
    ),
    "video.see": Permission(
        _("See the video watch and its issue log"), (*_OFFICERS, *_CHIEFS, "auditor", "video_invigilator")
    ),
    "video.record": Permission(
        _("Record what is seen on video"), (*_OFFICERS, *_CHIEFS, "video_invigilator")
    ),
    "incident.see": Permission(
        _("Read what was told of incidents"),
        (*_OFFICERS, *_CHIEFS, "vault_keeper", *_ROOM, *_FLOOR, "auditor"),
    ),
    "incident.report": Permission(
        _("Report an incident"), (*_OFFICERS, *_CHIEFS, "vault_keeper", *_ROOM, *_FLOOR)
    ),
    "dispatch.see": Permission(_("Read dispatches up and down"), (*_OFFICERS, *_CHIEFS, "auditor")),
    "dispatch.send": Permission(_("Send dispatches up and down"), (*_OFFICERS, *_CHIEFS)),
    "dispatch.sign": Permission(_("Sign for dispatches"), (*_OFFICERS, *_CHIEFS)),
    # Which fact a post may hand in is said by the duty that records it; this opens the door.
    "facts.hand_in": Permission(
        _("Hand in facts of the exam day"), (*_CHIEFS, "vault_keeper", *_ROOM, *_FLOOR)
    ),
    "cockpit.see": Permission(_("See the cockpit"), (*_OFFICERS, *_CHIEFS, "auditor")),
    # settle
    "sheets.scan": Permission(
        _("Check, scan and settle bags of answer sheets"), (*_OFFICERS, *_CHIEFS, "vault_keeper")
    ),
    "sheets.review": Permission(_("Judge doubtful marks"), (*_OFFICERS, *_CHIEFS, "vault_keeper")),
    "sheets.decide": Permission(_("Decide where two differ"), (*_OFFICERS, *_CHIEFS)),
    "sheets.audit": Permission(_("Hold the sampling audit"), _OFFICERS),
    "settle.see": Permission(_("See reconciliation and archive"), (*_OFFICERS, *_CHIEFS, "auditor")),
    "settle.reconcile": Permission(_("Reconcile a sitting"), (*_OFFICERS, *_CHIEFS)),
    "scores.see": Permission(_("See how far scores are, and their distribution"), (*_OFFICERS, "auditor")),
    "scores.enter": Permission(_("Enter points and settle differences"), (*_OFFICERS, "score_clerk")),
    "scores.decide": Permission(_("Approve score plans, import points, cancel and freeze scores"), _OFFICERS),
    "scores.release": Permission(_("Approve and release scores, answer rechecks"), _OFFICERS),
    "archive.make": Permission(_("Make the archive"), ("city_officer",)),
    "journal.see": Permission(
        _("Read and verify the journal"), (*_OFFICERS, "auditor", "audit_administrator")
    ),
    "lessons.see": Permission(_("See lessons of this and earlier exams"), (*_OFFICERS, *_CHIEFS, "auditor")),
    "lessons.record": Permission(_("Record what an exam taught"), (*_OFFICERS, *_CHIEFS)),
    "lessons.answer": Permission(_("Say what the plan makes of a lesson"), _OFFICERS),
    # between nodes
    "packages.see": Permission(_("See plan packages and nodes below"), _OFFICERS),
    "packages.make": Permission(_("Make plan packages for sites"), _OFFICERS),
    "bundles.carry": Permission(
        _("Carry the journal on a memory stick, two persons"), (*_OFFICERS, *_CHIEFS, "vault_keeper")
    ),
    "personal.erase": Permission(_("Erase personal data, two persons"), _OFFICERS),
    "devices.see": Permission(_("See devices with keys of their own"), (*_OFFICERS, *_CHIEFS, "auditor")),
    "devices.change": Permission(_("Make codes for devices and revoke them"), (*_OFFICERS, *_CHIEFS)),
    # the node itself
    "demo.play": Permission(_("Play the demonstration day"), ("city_officer", "county_officer")),
    "accounts.see": Permission(
        _("See accounts and posts"), ("security_administrator", "audit_administrator")
    ),
    "accounts.change": Permission(_("Open accounts and assign posts"), ("security_administrator",)),
    "access_log.see": Permission(_("Read the access log"), ("audit_administrator", "auditor")),
    "system.see": Permission(_("See the state of the node"), ("system_administrator",)),
}
