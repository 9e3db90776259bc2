"""The score plan as people type it: parts and keys, a line each, read with every fault named by its line.

客观题 | 试卷 | 1-40
听力 | 试卷 | 41-60 | 免考
主观题 | 录入 | 16=12 17=12 作文=60
实验 | 导入 | 实验一=10 实验二=10 | 权重 50

1-20 单选 1.5 ABCDA BCDAB CDABC DABCD
21-25 多选 4 AB ACD BC AD ABCD 少选 2
"""

import re
from collections.abc import Callable, Iterable
from typing import TypeVar

from kaowu.basics.errors import Refused, Sentence
from kaowu.basics.names import half_width
from kaowu.engines.scores import Key, Partial, points, written
from kaowu.loop.settle.score_plan import ENTERED, IMPORTED, OBJECTIVE, Part, SubjectPlan, field_of

_SOURCES = {"试卷": OBJECTIVE, "答题卡": OBJECTIVE, "客观": OBJECTIVE, "sheet": OBJECTIVE, "录入": ENTERED, "entered": ENTERED, "导入": IMPORTED, "imported": IMPORTED}  # fmt: skip
_SPOKEN = {OBJECTIVE: "答题卡", ENTERED: "录入", IMPORTED: "导入"}
_KINDS = {"单选": False, "single": False, "多选": True, "multiple": True}
_PARTIALS = {"少选": Partial.FIXED, "均分": Partial.EACH, "递增": Partial.BY_COUNT}
_RUN = re.compile(r"(\d{1,3})(?:-(\d{1,3}))?\Z")
_WEIGHT = re.compile(r"权重\s*(\d{1,3})\Z")
_SINGLE = re.compile(r"[A-Za-z](?:/[A-Za-z])*|.")
_MOST_QUESTIONS = 500

Line = TypeVar("Line")


class _Faulty(ValueError):
    def __init__(self, zh: str, en: str) -> None:
        super().__init__(en)
        self.sentence = Sentence(zh, en)


def read_parts(text: str) -> tuple[Part, ...]:
    """Parts, a line each. Raises Refused with every faulty line."""
    return tuple(_read_lines(text, _part, Sentence("组成", "parts")))


def read_keys(text: str) -> tuple[Key, ...]:
    """Keys, a run of questions each line. Raises Refused with every faulty line."""
    runs = _read_lines(text, _run, Sentence("答案", "keys"))
    return tuple(key for run in runs for key in run)


def parts_as_text(plan: SubjectPlan) -> str:
    """The parts of a plan as they are typed."""
    return "\n".join(_spoken_part(part) for part in plan.parts)


def keys_as_text(keys: Iterable[Key]) -> str:
    """Keys as they are typed: neighbours of one kind and worth share a line."""
    lines: list[tuple[tuple[object, ...], list[Key]]] = []
    for key in keys:
        multiple = any(len(answer) > 1 for answer in key.answers) or key.partial is not Partial.NONE
        kind = (multiple, key.worth, key.partial, key.part, key.parts)
        if lines and lines[-1][0] == kind and _number(lines[-1][1][-1]) + 1 == _number(key):
            lines[-1][1].append(key)
        else:
            lines.append((kind, [key]))
    return "\n".join(_spoken_run(run) for _kind, run in lines)


def _read_lines(text: str, read: Callable[[str], Line], what: Sentence) -> list[Line]:
    found, faults = [], []
    for number, line in enumerate(text.splitlines(), start=1):
        if not line.strip():
            continue
        try:
            found.append(read(half_width(line).strip()))
        except _Faulty as fault:
            faults.append((number, fault.sentence))
        except Refused as refused:
            faults.append((number, refused.sentence))
    if faults:
        raise Refused(
            "score_plan_line",
            Sentence(
                "；".join(f"{what.zh}第 {number} 行：{said.zh.rstrip('。')}" for number, said in faults[:10]) + "。",
                "; ".join(f"{what.en}, line {number}: {said.en.rstrip('.')}" for number, said in faults[:10]) + ".",
            ),
        )  # fmt: skip
    return found


def _part(line: str) -> Part:
    cells = [cell.strip() for cell in line.split("|")]
    if len(cells) < 3 or not cells[0] or cells[1].lower() not in _SOURCES:
        raise _Faulty(
            "应为“名称 | 答题卡/录入/导入 | 题号或小题=满分”",
            "it is “name | sheet/entered/imported | questions or item=worth”",
        )
    name, source = cells[0][:20], _SOURCES[cells[1].lower()]
    weight, exempt = 100, False
    for more in cells[3:]:
        match = _WEIGHT.match(more)
        if match and 0 < int(match[1]) <= 500:
            weight = int(match[1])
        elif more in ("免考", "可免考", "exempt"):
            exempt = True
        elif more:
            raise _Faulty(f"“{more}”看不懂", f"{more!r} is not understood")
    if source == OBJECTIVE:
        questions = tuple(one for run in re.split(r"[,，、\s]+", cells[2]) if run for one in _numbers(run))
        return Part(name, source, questions, (), weight, exempt)
    items = tuple(_item(item) for item in re.split(r"[,，、\s]+", cells[2]) if item)
    if not items:
        raise _Faulty("没有小题", "it has no items")
    return Part(name, source, (), items, weight, exempt)


def _item(text: str) -> tuple[str, int]:
    name, _, worth = text.partition("=")
    if not name or not worth or len(name) > 16 or "/" in name:
        raise _Faulty(f"“{text}”应为“小题=满分”", f"{text!r} should be item=worth")
    return name, points(worth)


def _run(line: str) -> list[Key]:
    cells = line.split()
    if len(cells) < 4 or cells[1].lower() not in _KINDS:
        raise _Faulty("应为“题号 单选/多选 分值 答案…”", "it is “questions single/multiple worth answers…”")
    numbers, multiple, worth = _numbers(cells[0]), _KINDS[cells[1].lower()], points(cells[2])
    answers, partial, part, parts = _tail(cells[3:], multiple)
    if not multiple:
        answers = _SINGLE.findall("".join(answers))
    if len(answers) != len(numbers):
        raise _Faulty(
            f"{len(numbers)} 道题，写了 {len(answers)} 个答案",
            f"{len(numbers)} questions, {len(answers)} answers",
        )
    return [
        Key(field_of(number), tuple(_options(one) for one in answer.split("/")), worth, partial, part, parts)
        for number, answer in zip(numbers, answers, strict=True)
    ]


def _tail(cells: list[str], multiple: bool) -> tuple[list[str], Partial, int, tuple[int, ...]]:
    for at, cell in enumerate(cells):
        if cell in _PARTIALS:
            if not multiple:
                raise _Faulty("单选题没有少选得分", "a single choice has no partial points")
            partial, rest = _PARTIALS[cell], cells[at + 1 :]
            if partial is Partial.EACH and not rest:
                return cells[:at], partial, 0, ()
            if len(rest) != 1:
                raise _Faulty(f"“{cell}”后应有一个分值", f"{cell} wants one value")
            if partial is Partial.FIXED:
                return cells[:at], partial, points(rest[0]), ()
            return cells[:at], partial, 0, tuple(points(one) for one in rest[0].split("/"))
    return cells, Partial.NONE, 0, ()


def _options(answer: str) -> frozenset[str]:
    if not answer.isascii() or not answer.isalpha():
        raise _Faulty(f"答案“{answer}”应为字母", f"the answer {answer!r} should be letters")
    return frozenset(answer.upper())


def _numbers(text: str) -> list[int]:
    match = _RUN.match(text)
    first = int(match[1]) if match else 0
    last = int(match[2] or match[1]) if match else 0
    if not 1 <= first <= last <= _MOST_QUESTIONS:
        raise _Faulty(f"“{text}”不是题号", f"{text!r} is no run of questions")
    return list(range(first, last + 1))


def _spoken_part(part: Part) -> str:
    if part.source == OBJECTIVE:
        what = " ".join(_spoken_numbers(part.questions))
    else:
        what = " ".join(f"{name}={written(worth)}" for name, worth in part.items)
    more = [f"权重 {part.weight}"] if part.weight != 100 else []
    more += ["免考"] if part.may_be_exempt else []
    return " | ".join([part.name, _SPOKEN[part.source], what, *more])


def _spoken_numbers(questions: tuple[int, ...]) -> list[str]:
    runs: list[list[int]] = []
    for question in questions:
        if runs and runs[-1][-1] + 1 == question:
            runs[-1].append(question)
        else:
            runs.append([question])
    return [f"{run[0]}-{run[-1]}" if len(run) > 1 else str(run[0]) for run in runs]


def _spoken_run(run: list[Key]) -> str:
    first = run[0]
    multiple = (
        any(len(answer) > 1 for key in run for answer in key.answers) or first.partial is not Partial.NONE
    )
    answers = ["/".join("".join(sorted(answer)) for answer in key.answers) for key in run]
    numbers = [_number(key) for key in run]
    head = f"{numbers[0]}-{numbers[-1]}" if len(run) > 1 else str(numbers[0])
    grouped = answers if multiple or any("/" in answer for answer in answers) else _in_fives(answers)
    tail = {
        Partial.NONE: "",
        Partial.FIXED: f" 少选 {written(first.part)}",
        Partial.EACH: " 均分",
        Partial.BY_COUNT: " 递增 " + "/".join(written(one) for one in first.parts),
    }[first.partial]
    return f"{head} {'多选' if multiple else '单选'} {written(first.worth)} {' '.join(grouped)}{tail}"


def _in_fives(answers: list[str]) -> list[str]:
    return ["".join(answers[at : at + 5]) for at in range(0, len(answers), 5)]


def _number(key: Key) -> int:
    return int(key.field[1:])
