"""What the pages of scanned bags say in words: stages, states, obstacles, differences, reasons of rejection."""

from kaowu.basics.errors import Sentence

STAGES = {
    "waiting": (Sentence("待核对", "waiting"), "unknown"),
    "checked": (Sentence("已三核对，待扫描", "checked, to be scanned"), "info"),
    "scanned": (Sentence("已扫描，对账中", "scanned, being settled"), "info"),
    "sealed": (Sentence("已封存", "sealed"), "ok"),
    "handed_over": (Sentence("已移交", "handed over"), "ok"),
}
STATES = {
    "present": (Sentence("有效", "present"), "ok"),
    "absent": (Sentence("缺考", "absent"), "unknown"),
    "void": (Sentence("作废", "void"), 1),
    "missing": (Sentence("缺失", "missing"), 3),
    "spare": (Sentence("备用", "spare"), "unknown"),
    "aside": (Sentence("不计", "set aside"), "unknown"),
    "open": (Sentence("待认定", "to be settled"), 2),
}
OBSTACLES = {
    "no_sheet": Sentence("没有扫到答题卡，当日记录为到考", "no sheet was scanned, and the candidate came"),
    "duplicate": Sentence(
        "扫到两张内容不同的卡，请把一张移出", "two different sheets were scanned; set one aside"
    ),
    "page_missing": Sentence("缺页，请补扫", "a page is missing; scan it"),
    "absence_undecided": Sentence("缺考标记待判读", "the absence mark waits for the reviewers"),
    "absent_with_answers": Sentence("缺考而有作答", "absent, yet with answers"),
    "absence_mark_only": Sentence(
        "卡上填涂缺考，当日记录为到考", "marked absent, but recorded as having come"
    ),
    "identity": Sentence("认不准是谁的卡，待判读", "whose sheet it is waits for the reviewers"),
    "other_room": Sentence("其他考场的卡，请移回", "a sheet of another room; move it there"),
    "other_subject": Sentence("其他科目的卡，请移回", "a sheet of another subject; move it there"),
    "other_exam": Sentence("其他考试的卡", "a sheet of another exam"),
    "rejected": Sentence("没有读出，请重扫", "could not be read; scan it again"),
}
DIFFERENCES = {
    "absent_with_answers": Sentence("缺考而有作答", "absent, yet with answers"),
    "absence_mark_only": Sentence("有缺考填涂，无缺考记录", "absence mark without a record"),
    "absence_record_only": Sentence("有缺考记录，无缺考填涂", "absence record without a mark"),
    "violation_mark_only": Sentence("有违纪填涂，无违规记录", "violation mark without a record"),
    "violation_record_only": Sentence("有违规记录，无违纪填涂", "violation record without a mark"),
    "blank_sheet": Sentence("到考但卡上没有作答", "came, but nothing is answered"),
}
ERRORS = {
    "not_an_image": Sentence("文件不是图像或已损坏", "the file is no image, or broken"),
    "not_readable": Sentence("文件读不了", "the file cannot be read"),
    "image_too_large": Sentence("图像过大", "the image is too large"),
    "image_too_small": Sentence("图像过小", "the image is too small"),
    "corners": Sentence("找不到定位角标", "the corner marks were not found"),
    "track": Sentence("定位点不全", "the timing marks are incomplete"),
    "scale": Sentence("印刷或扫描比例不对", "the scale is wrong"),
    "self_check": Sentence("与空白卡对不上", "it does not fit the blank"),
    "wrong_page": Sentence("不是这张卡的页", "a page of another sheet"),
    "mirrored": Sentence("图像左右颠倒，或不是这种答题卡", "the image is mirrored, or another kind of sheet"),
    "wrong_layout": Sentence("版式不是本科目审定的", "not the approved layout"),
    "not_this_form": Sentence("不是本科目的答题卡", "not this subject's sheet"),
}
RECORD = {
    "used": Sentence("考场情况记录单的使用数", "used, by the room record"),
    "absent": Sentence("考场情况记录单的缺考数", "absent, by the room record"),
}


def error_words(code: str) -> Sentence:
    """Why a page was not read; a code that is new here is shown as it is."""
    return ERRORS.get(code, Sentence(f"没有读出（{code}）", f"not read ({code})"))
