"""The lines of a profile as the rules of a draw (配备标准、回避、轮换)."""

from collections.abc import Mapping

from kaowu.engines.draw import Line, Per, Post, Repeats, Rules
from kaowu.loop.prepare.drawn_posts import (
    ASSISTANT,
    CHIEF,
    DRAWN_POSTS,
    INSPECTOR,
    PATROL,
    RESERVE,
    ROVING,
    SCREENER,
    VIDEO,
)
from kaowu.rules.profile import Profile

_EXTRA: Mapping[str, int | str] = {
    "extra_time_30": 30,
    "extra_time_50": 50,
    "braille": "braille_extra_percent",
    "large_print": "large_print_extra_percent",
}
"""How much longer a candidate writes, in hundredths: what was approved, or the line that says so."""

LINES = (
    "draw_interval", "dispatch_area", "invigilators_per_room", "chief_years", "one_man_one_woman", "units_per_room",
    "large_room_above", "special_room_more", "rooms_per_video_invigilator", "rooms_per_roving_invigilator",
    "screeners_per_entrance", "screeners_per_lane", "patrols_per_site", "resident_inspectors_per_site",
    "reserve_percent", "more_sent_percent", "recusals", "staff_bar_years", "serve_at_home", "open_rooms_percent",
    "final_grades", "secret_posts", "repeated_room", "repeated_pair", "rotation_exams",
)  # fmt: skip
"""Every line of the profile on which a draw rests."""


def rules_of(profile: Profile) -> Rules:
    """The rules of this exam's draws."""
    recusals = profile.texts("recusals")
    return Rules(
        posts=_posts(profile),
        staffing=_staffing(profile),
        both_sexes=profile.yes_no("one_man_one_woman"),
        units_apart="same_unit_pair" in recusals or profile.number("units_per_room") > 1,
        own_pupils="own_school" not in recusals,
        home_site=profile.yes_no("serve_at_home"),
        own_subject="own_subject" not in recusals,
        repeated_room=Repeats(profile.choice("repeated_room")),
        repeated_pair=Repeats(profile.choice("repeated_pair")),
        more_sent_percent=profile.number("more_sent_percent"),
    )


def extra_percent(profile: Profile, accommodation: str) -> int:
    """By how many hundredths a candidate's time is longer."""
    found = [0]
    for code in accommodation.split("|"):
        extra = _EXTRA.get(code, 0)
        found.append(profile.number(extra) if isinstance(extra, str) else extra)
    return max(found)


def special_needs(accommodation: str) -> bool:
    """Whether a candidate sits in a room set aside: alone, or with more time."""
    return any(code in _EXTRA or code == "separate_room" for code in accommodation.split("|"))


def _posts(profile: Profile) -> tuple[Post, ...]:
    recusals, secret = profile.texts("recusals"), profile.texts("secret_posts")
    pledge = "no_secrecy_pledge" in recusals
    return tuple(
        Post(
            post.id,
            certified=post.certified and "not_qualified" in recusals,
            pledged=pledge and post.id in secret,
            years=profile.number("chief_years") if post.id == CHIEF else 0,
            waits=post.waits,
        )
        for post in DRAWN_POSTS.values()
    )


def _staffing(profile: Profile) -> tuple[Line, ...]:
    """One line of the formula for each line of the profile that asks for somebody, rooms first."""
    large = profile.number_or_none("large_room_above")
    roving = profile.number_or_none("rooms_per_roving_invigilator")
    lines = [
        Line(CHIEF),
        Line(ASSISTANT, profile.number("invigilators_per_room") - 1),
        *([Line(ASSISTANT, 1, Per.ROOM, above=large)] if large is not None else ()),
        Line(ASSISTANT, profile.number("special_room_more"), Per.SPECIAL),
        Line(VIDEO, 1, Per.ROOMS, profile.number("rooms_per_video_invigilator")),
        *([Line(ROVING, 1, Per.ROOMS, roving)] if roving is not None else ()),
        Line(SCREENER, profile.number("screeners_per_entrance"), Per.ENTRANCES),
        Line(SCREENER, profile.number("screeners_per_lane"), Per.LANES),
        Line(PATROL, profile.number("patrols_per_site"), Per.SITE),
        Line(INSPECTOR, profile.number("resident_inspectors_per_site"), Per.SITE),
        Line(RESERVE, profile.number("reserve_percent"), Per.PERCENT),
    ]
    return tuple(line for line in lines if line.count)
