"""Keys that persons hold themselves (本人密钥): enrolled for one exam, revoked at a place of the journal."""

from kaowu.facts.catalogue import Fact, fact
from kaowu.facts.spelling import identifier, text
from kaowu.facts.subjects import Subject


@fact(
    zh="本人密钥登记",
    en="Person's key enrolled",
    about=Subject.REGISTER,
    line_zh="{person} 登记本人密钥",
    line_en="{person} enrolled a key of their own",
)
class PersonKeyEnrolled(Fact):
    """An officer saw the person and gave a code; the person made a key that nobody else holds."""

    person: str = identifier(zh="账号", en="Account", longest=32)
    key: str = text(zh="公钥", en="Key", longest=400)
    possession: str = text(zh="持有证明", en="Proof of possession", longest=200)


@fact(
    zh="本人密钥停用",
    en="Person's key revoked",
    about=Subject.REGISTER,
    line_zh="{person} 的密钥 {credential} 停用：{reason}",
    line_en="Key {credential} of {person} revoked: {reason}",
)
class PersonKeyRevoked(Fact):
    """What the key signs behind this place of the journal does not count; what stands before it does."""

    person: str = identifier(zh="账号", en="Account", longest=32)
    credential: str = identifier(zh="密钥", en="Key")
    reason: str = text(zh="理由", en="Reason", longest=200)
