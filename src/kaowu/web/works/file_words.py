"""What is said about a file that cannot be taken (计划包、离线包)."""

from kaowu.basics.errors import Refused, Sentence
from kaowu.engines.sync.sealed_file import FileRefused

_SENTENCES = {
    "not_such_a_file": Sentence("这不是所要的文件。", "This is not a file of that kind."),
    "file_incomplete": Sentence("文件不完整：只有 {detail} 字节。", "The file is incomplete: {detail} bytes."),
    "content_changed": Sentence("文件内容被改动或损坏，未装入。", "The file was altered or damaged; nothing was taken."),
    "suite_differs": Sentence("文件用另一套密码算法（{detail}）制作，本机不用它。", "It was made under another cipher suite ({detail})."),
    "maker_untrusted": Sentence("不是本机登记的节点签发的：{detail}。", "It is not signed by a node enrolled here: {detail}."),
    "not_sealed_for_us": Sentence(
        "不是封给本机钥匙的（收件：{detail}）。节点登记或重建之后须重新制作。",
        "It is not sealed to this node's key (for {detail}). After a node was enrolled or rebuilt it must be made again.",
    ),
}  # fmt: skip
_REMEDY = Sentence("请重新复制，或向上级节点再要一份。", "Copy it again, or ask the node above for another.")


def file_refused(refused: FileRefused) -> Refused:
    """The refusal in words."""
    said = _SENTENCES[refused.code]
    sentence = Sentence(said.zh.format(detail=refused.detail), said.en.format(detail=refused.detail))
    return Refused(refused.code, sentence, remedy=_REMEDY)
