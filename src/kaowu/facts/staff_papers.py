"""Papers of the staff: which were made from which list of duties."""

from kaowu.facts.catalogue import Fact, fact
from kaowu.facts.spelling import digest, identifier, number
from kaowu.facts.subjects import Subject


@fact(
    zh="监考材料制成",
    en="Papers of the staff made",
    about=Subject.SITE,
    line_zh="制成 {document} {pages} 页，名单 {duties}，文件摘要 {paper}",
    line_en="{document} of {pages} pages made from list {duties}, digest {paper}",
)
class StaffPapersMade(Fact):
    """One kind of paper for a whole site, bound to the list of duties it shows."""

    document: str = identifier(zh="材料", en="Document")
    paper: bytes = digest(zh="文件摘要", en="Digest of the file")
    duties: bytes = digest(zh="名单摘要", en="Digest of the list of duties")
    pages: int = number(zh="页数", en="Pages", at_least=1)
    people: int = number(zh="人数", en="People")
    missing_glyphs: int = number(zh="缺字", en="Missing glyphs")
