"""Draws of people: the problem from registers and seats, the engine, and the whole way in one call."""

from collections.abc import Callable, Mapping, Sequence

from kaowu.basics.errors import Refused, Sentence
from kaowu.engines.draw import ENGINE_VERSION, DrawProblem, shortage, solve, verify
from kaowu.exam.plan import Sitting
from kaowu.facts.envelope import Actor
from kaowu.facts.subjects import DrawKey
from kaowu.loop.desk import Receipt
from kaowu.loop.prepare.draw_inputs import Inputs, Prepared
from kaowu.loop.prepare.draw_problem import draw_problem, keys_at, sittings_drawn
from kaowu.loop.prepare.drawn_posts import DRAWN_POSTS
from kaowu.loop.profile_of_exam import profile_of
from kaowu.store.queries import draw_inputs, duties, exams, registers
from kaowu.web.works import lots
from kaowu.web.works.exam_setup import said_of

Progress = Callable[[str, int, int], None]


def prepared(exam: str, key: DrawKey) -> Prepared:
    """The problem of a draw as facts and registers stand. Raises Refused."""
    line, profile, sittings = exams.exam(exam), profile_of(exams.plan(exam)), exams.sittings(exam)
    if line is None or profile is None or not sittings:
        raise Refused(
            "exam_not_ready",
            Sentence(
                "不能抽签：考试还没有建立，或没有场次。", "Cannot draw: there is no exam, or no sitting."
            ),
        )
    whole_city = profile.choice("dispatch_area") == "city"
    in_rooms = key.kind == "rooms"
    own = sittings_drawn(key, sittings, profile.choice("draw_interval")) or sittings
    inputs = Inputs(
        people=draw_inputs.people_below(draw_inputs.area_of(line.organisation_path, whole_city)),
        sites=registers.sites_below(line.organisation_path),
        sittings=sittings,
        seated=draw_inputs.seated(exam, key.site),
        roster=draw_inputs.roster(exam),
        subject_names=_subject_names(exam, sittings),
        sent=draw_inputs.sent(exam) if in_rooms else {},
        drawn=draw_inputs.drawn_before(exam, own[0].starts_at) if in_rooms else (),
        former=(
            *draw_inputs.former(exam, profile.number("rotation_exams")),
            *(draw_inputs.drawn_after(exam, own[-1].starts_at) if in_rooms else ()),
        ),
        on_teams=exams.plan(exam).inspectors,
    )
    return draw_problem(exam, profile, inputs, key)


def keys_of_site(exam: str, site: str) -> list[DrawKey]:
    """The draws of a site's rooms that this exam asks for, in order of time."""
    profile = profile_of(exams.plan(exam))
    return keys_at(site, exams.sittings(exam), profile.choice("draw_interval")) if profile else []


def problem_to_commit(exam: str, key: DrawKey) -> bytes:
    """The canonical problem of a draw of people; refused while people are missing. Raises Refused."""
    if key.kind == "sent" and duties.loads(exam):
        raise Refused(
            "rooms_already_drawn",
            Sentence(
                "不能重新派遣：已有考点抽了考场。",
                "Cannot send people again: rooms are drawn at a site already.",
            ),
            remedy=Sentence(
                "有人不能到岗的，请在“监考安排”中替换或调整。",
                "Replace or change people on the page of duties.",
            ),
        )
    problem = prepared(exam, key).problem
    short = shortage(problem)
    if short.conflicts:
        raise Refused(
            "people_missing",
            in_office_words(short.conflicts[0].sentence, {}),
            remedy=Sentence(
                "请在“监考配备”页补足或放宽。", "Add people or relax a rule on the staffing page."
            ),
        )
    return problem.to_bytes()


def in_office_words(sentence: Sentence, site_names: Mapping[str, str]) -> Sentence:
    """A sentence of the engine with posts and sites by their names."""
    zh, en = sentence.zh, sentence.en
    for post in DRAWN_POSTS.values():
        zh, en = zh.replace(post.id, post.label.zh), en.replace(post.id, post.label.en.lower())
    for code, name in site_names.items():
        zh, en = zh.replace(f"{code}考点", name).replace(code, name), en.replace(code, name)
    return Sentence(zh, en)


def solved(problem: bytes, seed: bytes, progress: Progress | None = None) -> lots.Drawn:
    """The plan of a committed problem, judged by the independent verifier. Raises Refused."""
    asked = DrawProblem.from_bytes(problem)
    plan = solve(asked, seed, progress)
    return lots.Drawn(plan.to_bytes(), plan.figures["sent"], len(plan.duties), len(verify(asked, plan, seed)))


def draw_sent(problem: bytes, seed: bytes, progress: Progress | None = None) -> lots.Drawn:
    """The first level alone: who is sent where; rooms are drawn at the sites."""
    asked = DrawProblem.from_bytes(problem)
    plan = solve(asked, seed, progress, sites=())
    return lots.Drawn(
        plan.to_bytes(), len(plan.sent), len(plan.sent), len(verify(asked, plan, seed, sites=()))
    )


def solver_of(key: DrawKey) -> Callable[[bytes, bytes, Progress | None], lots.Drawn]:
    """How a draw of people is worked out."""
    return draw_sent if key.kind == "sent" else solved


def draw_and_seal(
    exam: str, key: DrawKey, actors: Sequence[Actor], digits: str = "5314626153421635421" * 3
) -> Receipt:
    """Hold a whole ceremony with one hand of dice: for examples and tests. Raises Refused."""
    lots.commit(exam, key, problem_to_commit(exam, key), ENGINE_VERSION, actors)
    lots.give(exam, key, "dice", digits, "示例见证人", actors[:1])
    solve_it = solver_of(key)
    lots.draw(exam, key, lambda problem, seed: solve_it(problem, seed, None), actors)
    return lots.seal(exam, key, actors)


def _subject_names(exam: str, sittings: Sequence[Sitting]) -> dict[str, str]:
    """What teachers' subjects are called in the timetable: aliases, and languages as 外语."""
    said = said_of(exam)
    names = {alias: one["name"] for one in said.get("subjects", ()) for alias in one.get("aliases", ())}
    if any("外语" in one.subjects for one in sittings):
        names |= {language["name"]: "外语" for language in said.get("foreign_languages", ())}
    return names
