"""Requests for accommodations (合理便利) and remarks that speak of withdrawal.

Words of the exam file are looked for clause by clause. A clause that says
something is not needed is not a request. Whatever is a request goes to a
person in any case.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from kaowu.basics.names import half_width, without_spaces
from kaowu.engines.roster.cleaning import is_placeholder
from kaowu.engines.roster.exam import RosterExam
from kaowu.engines.roster.workbook import Cell

_CLAUSE = re.compile(r"[,，;；。.!！\n\r\t]|\s+(?=[需申请要])|(?<=.)(?=但|而是|只需|仅需)")
_NOT_NEEDED = re.compile(
    r"(?:不|无|未|勿|毋|没有|没|非|并不|暂不|暂未|暂无|均不|皆不)(?:再|必|须|曾|想|打算|准备|愿意?)*"
    r"(?:需要|需|要求|要|用|申请|使用|提供|安排|选择|采用|涉及|办理|享受|考虑|接受|提出)"
    r"|(?:没有?|无)[^需]{0,10}(?:需求|要求|必要)"
    r"|放弃|取消|撤销|撤回|谢绝|拒绝|无需|无须|不必|免除?申请|不符合"
)
_NOTHING = re.compile(
    r"(?:无|否|没有?|不需要?|不用|不申请|未申请|不要|正常|健康|良好|一般|普通|无特殊\S*|无要求|无情况|无申请|无残疾|不是|非残疾\S*|"
    r"身体健康|N|NO|FALSE|F|0|×|X|✗)[。.]?",
    re.IGNORECASE,
)
_WITHDRAWAL = re.compile(
    r"弃考|退考|弃权|(?:自愿|主动|申请|已|自动|要求)?(?:放弃|取消|撤销|撤回|退出)(?:了)?(?:本次)?(?:报名|报考|考试|高考|参考|资格|$)|作废|"
    r"不(?:再)?参加(?:本次)?(?:考试|高考|报名)?|不考|注销|报名无效|无效报名|退学|自愿放弃|删除|已退|退报|申请放弃|放弃"
)
_NO_WITHDRAWAL = re.compile(
    r"(?:不|未|没有?|并未|并非|不得|无)(?:申请|得|会|想|要|曾)?(?:弃考|退考|放弃|作废|取消|撤销|退出|注销|退学|删除)|"
    r"(?:放弃|取消|撤销|不参加)(?:免|加|照顾|合理|便利|体检|英语|口试|听力|保送|志愿|优惠|住宿|校车|体育)"
)


@dataclass(frozen=True, slots=True)
class Request:
    """Codes of accommodations found in a text, and whether it asks for anything."""

    codes: frozenset[str] = frozenset()
    asks: bool = False


class RequestReader:
    """Reads requests for one exam; every distinct text is read once."""

    def __init__(self, exam: RosterExam) -> None:
        pairs = [(_plain(word), code) for code, words in exam.accommodations.items() for word in words]
        codes = [(_plain(code), code) for code in exam.accommodations]
        self._words = sorted((pair for pair in pairs + codes if pair[0]), key=lambda pair: -len(pair[0]))
        self._known: dict[tuple[str, bool], Request] = {}

    def read(self, cell: Cell, *, in_request_column: bool) -> Request:
        """What a cell asks for. In remarks only known words count as a request."""
        if not cell:
            return Request()
        try:
            return self._known[cell, in_request_column]
        except KeyError:
            found = self._known[cell, in_request_column] = self._read(cell, in_request_column)
            return found

    def _read(self, cell: str, in_request_column: bool) -> Request:
        text = _plain(cell)
        if not text or is_placeholder(text) or _NOTHING.fullmatch(text):
            return Request()
        codes: set[str] = set()
        refused = False
        for clause in _CLAUSE.split(half_width(cell)):
            plain = _plain(clause)
            if _NOT_NEEDED.search(plain):
                refused = True
                continue
            codes |= self._codes(plain)
        if codes:
            return Request(frozenset(codes), True)
        return Request(frozenset(), in_request_column and not refused)

    def _codes(self, clause: str) -> set[str]:
        return {code for word, code in self._words if word in clause}


def speaks_of_withdrawal(cell: Cell) -> bool:
    """True if a remark says that the candidate gives up, or the row is void."""
    if not cell:
        return False
    text = without_spaces(half_width(cell))
    return _WITHDRAWAL.search(_NO_WITHDRAWAL.sub("", text)) is not None


def _plain(text: str) -> str:
    return half_width(without_spaces(text)).upper()
