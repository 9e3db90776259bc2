"""When a file cannot be read at all: one sentence that says why and what to do.

Whatever a hostile or broken file does inside a reader, what leaves this
package is `RosterUnreadable`, never a traceback of a file library.
"""

from collections.abc import Iterator
from contextlib import contextmanager

from kaowu.basics.errors import Refused, Sentence


class RosterUnreadable(Refused):
    """The file is not a table that can be read; nothing was taken from it."""


class ReadingCancelled(Exception):
    """The person who waits asked to stop."""


REASONS: dict[str, tuple[Sentence, Sentence]] = {
    "file_empty": (
        Sentence("文件是空的", "the file is empty"),
        Sentence(
            "请检查文件是否保存完整后重新上传", "check that the file was saved completely and send it again"
        ),
    ),
    "file_missing": (
        Sentence("没有这个文件", "there is no such file"),
        Sentence("请核对文件名和文件夹", "check the file's name and folder"),
    ),
    "file_too_large": (
        Sentence("文件过大，超出允许范围", "the file is larger than allowed"),
        Sentence("请按县区或学校拆分后分别上传", "split it by county or school and send the parts"),
    ),
    "zip_bomb": (
        Sentence(
            "压缩内容展开后异常庞大，已停止读取",
            "the compressed content unpacks to an abnormal size; reading stopped",
        ),
        Sentence(
            "请用 Excel 或 WPS 打开后另存为新的 .xlsx", "open it in Excel or WPS and save it as a new .xlsx"
        ),
    ),
    "file_corrupt": (
        Sentence("文件已损坏，无法打开", "the file is damaged and cannot be opened"),
        Sentence(
            "请用 Excel 或 WPS 打开后另存为新的 .xlsx 再上传",
            "open it in Excel or WPS, save it as a new .xlsx and send that",
        ),
    ),
    "password": (
        Sentence("文件设有打开密码", "the file is protected by a password"),
        Sentence("请取消密码后重新上传", "remove the password and send it again"),
    ),
    "hostile_xml": (
        Sentence(
            "文件含有不允许的外部定义，已停止读取",
            "the file contains definitions that are not allowed; reading stopped",
        ),
        Sentence("请用 Excel 或 WPS 另存为新的 .xlsx", "save it as a new .xlsx with Excel or WPS"),
    ),
    "not_a_table": (
        Sentence("这不是表格文件", "this is not a table"),
        Sentence("请上传 .xlsx、.xls、.csv 或 .dbf 名单", "send a roster as .xlsx, .xls, .csv or .dbf"),
    ),
    "format_unsupported": (
        Sentence("这种文件格式不支持", "this file format is not supported"),
        Sentence("请用 Excel 或 WPS 另存为 .xlsx 再上传", "save it as .xlsx with Excel or WPS and send that"),
    ),
    "no_roster": (
        Sentence("文件中没有找到考生名单", "no candidate roster was found in the file"),
        Sentence(
            "名单须有一行表头，至少含“姓名”和“证件号码”两列",
            "a roster needs a header row with at least a name and a document number column",
        ),
    ),
    "exam_invalid": (
        Sentence("考试说明文件不完整或格式不对", "the exam description is incomplete or malformed"),
        Sentence("请检查考试 JSON", "check the exam JSON"),
    ),
}


def unreadable(code: str, detail: Sentence | None = None) -> RosterUnreadable:
    """The refusal for one of the reasons above, with a detail if there is one."""
    sentence, remedy = REASONS[code]
    if detail is not None:
        sentence = Sentence(f"{sentence.zh}：{detail.zh}", f"{sentence.en}: {detail.en}")
    return RosterUnreadable(code, sentence, remedy=remedy)


@contextmanager
def damage_becomes_a_sentence(what: str) -> Iterator[None]:
    """Turn whatever a parser throws at broken bytes into `file_corrupt`."""
    try:
        yield
    except (RosterUnreadable, ReadingCancelled):
        raise
    except RecursionError as error:
        raise unreadable("file_corrupt", Sentence(what, what)) from error
    except MemoryError as error:
        raise unreadable("zip_bomb") from error
    except Exception as error:
        raise unreadable("file_corrupt", Sentence(what, f"{what} ({type(error).__name__})")) from error
