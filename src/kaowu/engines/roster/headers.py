"""What a column header says: 考生姓名, *身份证号（必填）, sfzjh, Date of birth.

A header is freed of decoration, then compared with patterns. Words for other
persons (家长, 班主任, 联系人) are judged first: their names and numbers are
not the candidate's. Among several columns for one thing the rank decides, 0
being the plainest.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache

from kaowu.basics.names import half_width, without_spaces

REGISTRATION = "registration_number"
ID_TYPE = "id_type"
ID_NUMBER = "id_number"
NAME = "name"
SEX = "sex"
BIRTH = "birth_date"
BIRTH_PARTS = ("birth_year", "birth_month", "birth_day")
SCHOOL = "school"
SUBJECTS = "subjects"
TICK = "tick:"
LANGUAGE = "foreign_language"
COUNTY = "county"
PHONE = "phone"
ACCOMMODATION = "accommodation"
REMARK = "remark"
SERIAL = "serial"
OTHER_PERSON = "other_person"
IGNORED = "ignored"

FIELDS = (
    REGISTRATION, ID_TYPE, ID_NUMBER, NAME, SEX, BIRTH, *BIRTH_PARTS, SCHOOL, SUBJECTS, LANGUAGE, COUNTY, PHONE,
    ACCOMMODATION, REMARK, SERIAL,
)  # fmt: skip

CANDIDATE_FIELDS = frozenset(FIELDS) - {SERIAL, REMARK}


@dataclass(frozen=True, slots=True)
class Meaning:
    """A field, and how plainly the header names it."""

    field: str
    rank: int = 0


_BRACKETED = re.compile(r"\([^()]*\)|<[^<>]*>|\{[^{}]*\}")
_EDGES = re.compile(r"^[*★☆●◆■▲※#'\"`\-—_:,.;、。!?\d()①-⑳]+(?=\D)|[*★☆●◆■▲※#'\"`\-—_:,.;、。!?]+$")
_NOTES = re.compile(
    r"(?:必填项?|选填项?|必录|必须填写|为?必填字段|不能为空|文本格式|请填写?|请选择|请输入|下拉选择|填写|\d+位(?:数字)?|统一|全称)+$"
)
_LEADING_NOTES = re.compile(r"^(?:请填写|请输入|填写|必填项?|选填项?|是否有?|有无)+(?=.)")
_TRADITIONAL = str.maketrans(
    "號碼證別學校報語種電話區縣備註稱類簡選業畢聯絡資訊無項時間級編級號國員",
    "号码证别学校报语种电话区县备注称类简选业毕联络资讯无项时间级编级号国员",
)

_OTHER_PERSON = re.compile(
    r"家长|监护|家庭(?:成员|信息|情况|关系)|社会关系|法定代理|代理人|申报人|父亲|母亲|父母|^父|^母(?!语|校)|爸爸?|妈妈?|亲属|家属|联系人|联络人|紧急|应急|班主任|教师|老师|导师|辅导员|经办|填报人|"
    r"填表人|审核人|审查人|负责人|校长|推荐人|代办|代报|爷爷|奶奶|外公|外婆|祖父|祖母|配偶|收件|户主|录入人|采集人|核对人|报送人|制表|联系教|"
    r"guardian|parent|father|mother|teacher|emergency|sponsor|^contact(?:name|person)|^(?:jhr|jz|fq|mq|bzr|lxr|fmxm|jjlx|fm)(?!$)"
)
_NOT_THE_CANDIDATE_S = re.compile(
    r"曾用|拼音|英文|别名|替代姓名|学生证|毕业证|学籍号|学籍编号|学籍副号|学号|会考证|借阅|银行|社保|残疾证|证件有效|有效期|签发|发证|"
    r"户籍|户口|籍贯|出生地|家庭|通[讯信]|邮[编政箱]|住址|地址|邮寄|工作单位|主考|报考院校|报考单位|考点|报名点|考场|座位|政治面貌|民族|"
    r"照片|相片|签名|签字|核验|核对|后[四六4六]位|固定电话|固话|宅电|办公电话|年龄|成绩|得分|分数|总分|应届|(?:考生|报考|毕业|户口|学生|生源|报名|人员|招生|民族|考试)类别|毕业年|毕业时间|毕业日期|"
    r"入学|报名时间|报名日期|填报|email|e-mail|address|(?<![a-z])nation(?:ality)?(?!al)|ethnic|pinyin|score|总数|人数|年制"
)
_SUBJECT_GROUP = re.compile(r"科目|选科|选考|课程|学科|subject")

_WHO = r"(?:考生|学生|学员|报考人|报名人|本人|个人|申请人|参考人员?|应试人员?|应考者|参加者|人员|毕业生|被录取人)"
_PATTERNS: tuple[tuple[str, int, str], ...] = (
    (
        ID_TYPE,
        0,
        rf"{_WHO}?(?:有效)?(?:身份证件|身份证明|身份证|证件|证照)的?(?:类型|种类|类别|名称|类)(?:码|代码|名称|号)?",
    ),
    (
        ID_TYPE,
        1,
        r"sf?zj(?:lx|lb|zl)(?:dm|m|mc)?|zj(?:lx|lb|zl)(?:dm|m|mc)?|(?:id|document|cert(?:ificate)?|card|identity)(?:card)?(?:type|kind)|typeofid|zhengjianleixing|shenfenzhengleixing",
    ),
    (
        ID_NUMBER,
        0,
        rf"{_WHO}?的?(?:中国|有效|居民|公民|第?二代)*(?:身份证件|身分证件|身份证|身分证|身份|证件)(?:的)?(?:号码?|编号|证号|证件号码?|证号码|号/编号|统一编号|统一证号|no|id)",
    ),
    (
        ID_NUMBER,
        0,
        r"公民身份(?:证)?号码?|居民身份(?:证)?号码?|身份证号码?(?:或|/)?(?:其他)?(?:有效)?(?:证件|护照)?号?码?|公民身份号",
    ),
    (
        ID_NUMBER,
        1,
        r"sfzj?hm?|sf?zjhm?|zjhm?|gmsfz?h(?:m|)?|sfz(?:jhm|hm|h)?|sfzhao|sfhm|sfh|shenfenzheng(?:hao)?(?:ma)?|shenfenzhengjianhao(?:ma)?|zhengjianhao(?:ma)?|gongminshenfenhaoma|(?:stu|student|cand|ks|xs)(?:idcard|sfzh?|zjhm?)(?:no|num|number)?|identitycard|cardid|certid|certcode|身份证明号码?|id证件号码?|身份证id|(?:身份证|身分证)?字号|(?:身份证|证件)(?:号|号码)?(?:或|及|和|/)(?:护照|其他证件|证件|有效证件)(?:号|号码)|身份证字号|身分证字号",
    ),
    (
        ID_NUMBER,
        1,
        r"(?:national|citizen|resident)?(?:id|identity|identification)(?:card|document)?(?:no|num|number|code)|(?:document|cert|certificate|card|passport)(?:no|num|number)|idcard|nationalid|identity|citizenid",
    ),
    (
        ID_NUMBER,
        2,
        rf"{_WHO}?(?:居民|公民|有效)?身份证(?:件|明)?|身分证|证件|证号|证件号?码?/护照号码?|身份证护照号码?",
    ),
    (NAME, 0, rf"{_WHO}?的?(?:中文|真实|证件)?(?:姓名|姓 名|名字)(?:全称|全名)?"),
    (
        NAME,
        1,
        r"xm|ksxm|xsxm|xyxm|xingming|kaoshengxingming|xueshengxingming|(?:student|candidate|examinee|full|chinese|cn|applicant)?name|(?:stu|cand|ks|xs|s|c|real)name|nameof(?:candidate|student)|(?:candidate|student)s?name",
    ),
    (
        NAME,
        2,
        rf"{_WHO}|考生名|学生名|考生名称|中文名|考生全名|(?:报考者|申请者|考试人|应试者)姓名|candidate|student|examinee",
    ),
    (SEX, 0, rf"{_WHO}?的?性别(?:码|代码|名称)?|男女|性 别|男/女"),
    (SEX, 1, r"xb(?:dm|m|mc)?|ksxb|xsxb|xingbie|sex|gender"),
    (
        BIRTH,
        0,
        rf"{_WHO}?的?(?:出生|生)(?:的)?(?:年月日|日期|年月|时间|日|年、月、日|年/月/日)|{_WHO}?生日(?:日期)?|诞生日|出生|生辰",
    ),
    (
        BIRTH,
        1,
        r"csrq|csny(?:r)?|cssj|sr|chushengriqi|chushengnianyue|shengri|birth(?:day|date)?|dateofbirth|dob|birthdate",
    ),
    ("birth_year", 0, r"(?:出生|生)年(?:份)?"),
    ("birth_month", 0, r"(?:出生|生)月(?:份)?"),
    ("birth_day", 0, r"(?:出生)日"),
    (REGISTRATION, 0, r"(?:14位)?考生(?:报名)?(?:号码?|编号|代码)|(?:gaokao)?ksh(?:m)?|kaoshenghao"),
    (
        REGISTRATION,
        1,
        r"(?:高考|学考|自考|考试|网上|考生)?(?:报名|报考)(?:登记)?(?:号码?|编号|登记号|id)|bm(?:h|hm|djh|bh)|baominghao|regno|registration(?:no|num|number|id|code)?|reg(?:no|num|number|id)|application(?:no|num|number|id)",
    ),
    (
        REGISTRATION,
        2,
        r"(?:报名|报考|报名登记)(?:序号|流水号|顺序号|顺序)|bmxh|bmlsh|考号|(?:预报名|网报|网上报名)(?:号码?|编号)|注册编号|报名表编号|(?:学考|高考)?考籍号|enroll(?:ment)?(?:no|number)|考籍(?:号|号码|编号)|kh|kjh|登记号|注册号|(?:candidate|examinee|exam|student)(?:no|num|number|id|code)",
    ),
    (
        REGISTRATION,
        3,
        r"准考证(?:号|号码|编号)?|zkzh?(?:m|hm)?|zhunkaozheng(?:hao)?|admission(?:ticket)?(?:no|num|number)|ticket(?:no|number)",
    ),
    (
        SCHOOL,
        0,
        rf"{_WHO}?的?(?:毕业|就读|所在|现在?|现就读|现所在|在读|来源|生源|所属|就学|在籍|学籍|学籍所在|报名|原|高中|高级|推荐|送考|报考)*的?(?:学校|中学|院校|高中|高校|学院|校)(?:名称|全称|名)?",
    ),
    (
        SCHOOL,
        1,
        r"(?:毕业|就读|所在|报名|所属|生源|送考|推荐|助学|办学|学习|报送|选送|组织)(?:单位|学校单位|机构|点|中心|站)(?:名称)?|学校/单位|学校单位|单位(?:名称)?|教学点|学习中心|校名|学校名|by(?:xx|zx|yx)(?:mc)?|xx(?:mc|qc)|szxx(?:mc)?|jdxx(?:mc)?|xuexiao(?:mingcheng)?|biyexuexiao|bydw(?:mc)?|(?:graduat\w+|high|current)?school(?:name)?|institution(?:name)?|college|nameofschool",
    ),
    (
        SCHOOL,
        2,
        rf"{_WHO}?(?:毕业|就读|所在|报名|在读|学籍|生源)*(?:学校|中学|院校|单位|校)(?:代码|编码|代号|编号|标识码|码|号|id)|(?:by|sz|jd)?(?:xx|zx)(?:dm|bm|bsm|bh)|bydwdm|school(?:code|id|no|number)|xuexiaodaima",
    ),
    (
        SCHOOL,
        3,
        r"xx|school/code|学校(?:代码|编码)?(?:及|和|与|/|\+|、)(?:学校)?名称|学校(?:名称)?(?:及|和|与|/|\+|、)(?:学校)?代码",
    ),
    (
        SUBJECTS,
        0,
        rf"{_WHO}?的?(?:选考|选科|报考|考试|应试|应考|选择|选修|首选|再选|已选|拟考|报名|高考|等级考|选择性|学业水平|选测|申报|申请|所选|参加|学考|拟选|选报)*(?:考试)?(?:科目|课程|选科|选考|学科)(?:组合|名称|代码|代号|编码|情况|信息|选择|类别|门类|要求|名|[1-9一二三四五六]|及代码|代码及名称|\+|/|和|与|代码名称)*",
    ),
    (
        SUBJECTS,
        1,
        r"(?:bk|ks|xk|sx|zx)?km(?:zh|mc|dm|lb|\d)?|xk(?:zh|mc|dm|qk|\d)?|kc(?:mc|dm)|kemu(?:zuhe)?|xuanke(?:zuhe)?|xuankao(?:kemu)?|baokaokemu|(?:exam|chosen|elective|selected|optional)?(?:subjects?|courses?)(?:combination|code|name|s|choice|\d)*|选考|选科|选课|(?:3\+3|3\+1\+2|选科|选考|学科|科目)组合|3\+1\+2选科|3\+3选科|选课组合|选科意向|选考(?:三|两|四|二)科|选择的科目|组合|首选|再选[一二12]?|选[一二三123]",
    ),
    (
        LANGUAGE,
        0,
        rf"{_WHO}?的?(?:外语|外国语|应试|考试|报考|高考|统考)*(?:外语|外国语|语种)(?:语种|种类|名称|类别|类型|科目)*",
    ),
    (
        LANGUAGE,
        1,
        r"wyyz(?:mc)?|yz(?:mc)?|wy(?:mc|lb|zl)?|waiyu(?:yuzhong)?|yuzhong|(?:foreign)?lang(?:uage)?(?:name)?|foreignlanguages?|语言(?:种类|类别)?",
    ),
    (
        LANGUAGE,
        2,
        r"(?:外语|外国语|应试|考试|报考)*(?:外语|外国语|语种)*(?:语种|外语)(?:代码|代号|编码|码|号)|wyyzdm|wyyzm|yzdm|(?:foreign)?lang(?:uage)?code",
    ),
    (
        COUNTY,
        0,
        rf"{_WHO}?的?(?:报名|报考|报名地|报名所在|报名点所在|考区)+的?(?:所在)?(?:县市?、?区|县、市、区|区县|县区|县|县级|市县区?|区市县?|区|旗县区?|地区?|地县|县（?市区）?|区划)(?:名称|名)?",
    ),
    (
        COUNTY,
        1,
        r"(?:所在|所属|考生所在|考生)?(?:县区|区县|县市区|市县区|县市|市县|区市|县、市、区|县\(市、区\)|县级|县|旗县区?|行政区划?|区划|区域)(?:名称|名|别)?|(?:bm|sz|ks)?(?:xq|qx|xsq|xsqmc|xqmc|qxmc|xmc)|bmd(?:q)?(?:mc)?|county(?:name)?|district(?:name)?|quxian|xianqu|报名地|报名地区(?:名称|代码)?|区/县|县/区|(?:报名|所属|所在)单位所在(?:县区|区县|县)|(?:area|region)(?:code|name)?|(?:所属|报名单位)(?:县区|区县)(?:名称|代码)?",
    ),
    (
        COUNTY,
        2,
        r"(?:报名|报考|所在|考区|行政)*(?:县区|区县|县市区|县|区划|行政区划|区域|地)(?:代码|编码|代号|码)|(?:bm|sz)?(?:xq|qx|xsq|xzqh)(?:dm|bm|m)|bmdqdm|county(?:code|id|no)|district(?:code|id|no)|区号",
    ),
    (COUNTY, 3, r"考区(?:名称|代码)?|学校所在(?:地|县区|区县|县|区)|毕业学校所在(?:地|县区|区县|县|区)"),
    (PHONE, 0, rf"{_WHO}的?(?:联系|联络)?(?:电话|手机|移动电话|手机号|电话号|联系方式)(?:号码|号|码)?"),
    (
        PHONE,
        1,
        r"(?:联系|移动|常用)?(?:手机|移动电话)(?:号码|号|码|电话)?1?|联系手机|sj(?:h|hm|haoma)?|yddh|shouji(?:hao)?(?:ma)?|mobile(?:phone)?(?:no|num|number)?|cell(?:phone)?(?:no|number)?",
    ),
    (
        PHONE,
        2,
        r"(?:联系|联络|常用|有效)(?:电话|号码|方式|电话号码)(?:号码|号|1)?|lxdh(?:hm)?|lxfs|lianxidianhua|lianxifangshi|(?:contact)?(?:phone|tel(?:ephone)?)(?:no|num|number)?|contact(?:no|number|info)?",
    ),
    (PHONE, 3, r"电话(?:号码|号)?1?|dh(?:hm)?|dianhua"),
    (
        ACCOMMODATION,
        0,
        r".*(?:合理便利|便利申请|申请便利|便利条件|便利项目|便利措施|便利服务|特殊需求|特殊要求|特殊需要|特殊照顾|考生需求|便利类型|便利类别|需要的?便利|残疾.*便利|特殊服务|残障需求|辅助需求|便利需求).*|便利|(?:hlbl|blsq|hlblsq|tsxq|tsyq)(?:lx|nr|qk)?|(?:special|reasonable)?(?:accommodations?|needs|requirements?)(?:request)?s?|hebianli|helibianli",
    ),
    (
        ACCOMMODATION,
        1,
        r"特殊(?:情况|考生|情形)(?:说明|备注|类型|描述)?|残疾(?:情况|类型|类别|说明|考生)?(?:及需求)?|残障(?:情况|类型|类别)?|tsqk(?:sm)?|身体(?:状况|情况)|disability|special(?:situation|circumstances|case)s?",
    ),
    (REMARK, 0, r"备注(?:信息|说明|栏|\d)?|bz\d?|beizhu|remarks?\d?|notes?|comments?|memo"),
    (
        REMARK,
        1,
        r"说明|附注|附言|注|备|备考|bzxx|(?:remark|note)info|其他(?:说明|情况|事项|信息)?|其它(?:说明|情况)?|(?:报名|考生|学籍|审核|数据|记录|缴费)?状态|情况说明|标注|标记|status",
    ),
    (
        SERIAL,
        0,
        r"序号?|顺序号?|行号|编号|流水号|序列号?|no|num|number|xh|seq|index|id|#|№|号|item|s/n|sn|rowno|自动编号|排序",
    ),
)
_COMPILED = tuple((field, rank, re.compile(pattern)) for field, rank, pattern in _PATTERNS)

_WHOLE_NAMES = [
    "公民身份号码",
    "公民身份证号码",
    "身份证件号码",
    "身份证件类型",
    "外语语种代码",
    "外语语种名称",
    "合理便利申请",
    "报名县区代码",
    "报名县区名称",
    "毕业学校名称",
    "毕业学校代码",
    "联系电话号码",
    "证件类型代码",
    "证件类型名称",
    "考生联系电话",
    "特殊情况说明",
    "报考科目代码",
    "选考科目组合",
    "证件号码",
    "证件类型",
    "出生日期",
    "出生年月日",
    "选考科目",
    "报考科目",
    "报名序号",
    "报名县区",
    "毕业学校",
    "学校名称",
    "学校代码",
    "所在学校",
    "外语语种",
    "联系电话",
    "联系方式",
    "手机号码",
    "考生姓名",
    "考生性别",
]


@lru_cache(maxsize=8192)
def core(text: str) -> str:
    """A header without decoration, spaces and notes, in lower case: `*身份证号（必填）` is 身份证号."""
    plain = half_width(without_spaces(text[:200])).lower().translate(_TRADITIONAL)
    plain = plain.replace("【", "(").replace("】", ")").replace("[", "(").replace("]", ")")
    bare = _BRACKETED.sub("", plain) or plain.strip("()")
    bare = _EDGES.sub("", _EDGES.sub("", re.sub(r"^\d+位", "", bare)))
    bare = _NOTES.sub("", bare) or bare
    bare = _LEADING_NOTES.sub("", bare) or bare
    bare = bare.strip("*★:,.;、。!?'\"")
    return bare.replace("_", "").replace("-", "") if bare.isascii() else bare


@lru_cache(maxsize=8192)
def _whole(text: str) -> str:
    return half_width(without_spaces(text[:200])).lower().translate(_TRADITIONAL)


def names_another_person(path: tuple[str, ...]) -> bool:
    """True if any part of a header, notes in brackets included, names a parent or a teacher."""
    return any(_OTHER_PERSON.search(_whole(part)) for part in path)


@lru_cache(maxsize=8192)
def meaning_of(path: tuple[str, ...], *, may_be_cut: bool = False) -> Meaning | None:
    """What a header means; its parts go from the group above to the column itself."""
    parts = [part for part in path if core(part)]
    if not parts:
        return None
    if names_another_person(tuple(parts)):
        return Meaning(OTHER_PERSON)
    own = core(parts[-1])
    if _NOT_THE_CANDIDATE_S.search(own) and not _is_plain(own):
        return Meaning(IGNORED)
    found = _match(own)
    if len(parts) > 1 and (
        found is None or found.field in {SERIAL, REMARK} or own in {"身份证", "出生"} or found.rank >= 2
    ):
        joined = _match(core(parts[-2]) + own)
        found = joined if joined is not None else found
        if joined is None:
            found = _group_only(core(parts[-2]), own) or found
    if found is None and may_be_cut and len(own) >= 3:
        found = _cut(own)
    return found


def _is_plain(own: str) -> bool:
    """Headers that hold a forbidden word and are still what they say."""
    return own in {
        "报名点所在县区",
        "报名点所在区县",
        "证件类别",
        "身份证件类别",
        "身份证类别",
        "科目类别",
        "语种类别",
        "外语类别",
    }


def _match(text: str) -> Meaning | None:
    found = _match_whole(text)
    if found is None and text[-1:].isdigit():
        found = _match_whole(text.rstrip("0123456789"))
    return found if found is not None else _match_parts(text)


def _match_whole(text: str) -> Meaning | None:
    for field, rank, pattern in _COMPILED:
        if pattern.fullmatch(text):
            return Meaning(field, rank)
    return None


def _match_parts(text: str) -> Meaning | None:
    """姓名/Name, 姓名Name: the parts say the same, or only one says anything."""
    parts = [
        part
        for part in re.split(r"[/|、]|(?<=[\u4e00-\u9fff])(?=[a-z])|(?<=[a-z])(?=[\u4e00-\u9fff])", text)
        if part
    ]
    if len(parts) != 2:
        return None
    found = [_match_whole(core(part)) for part in parts]
    fields = {meaning.field for meaning in found if meaning is not None}
    return next((meaning for meaning in found if meaning is not None), None) if len(fields) == 1 else None


def _group_only(group: str, own: str) -> Meaning | None:
    """号码 under 身份证, 年 under 出生日期."""
    above = _match(group)
    if above is None:
        return None
    if above.field == BIRTH and own in {"年", "月", "日"}:
        return Meaning(BIRTH_PARTS["年月日".index(own)])
    if own in {"号码", "号", "编号"} and above.field in {ID_NUMBER, PHONE}:
        return above
    if own in {"类型", "种类", "类别"} and above.field == ID_NUMBER:
        return Meaning(ID_TYPE)
    if own in {"名称", "全称", "代码", "编码"} and above.field in {SCHOOL, SUBJECTS, LANGUAGE, COUNTY}:
        return Meaning(above.field, 0 if own in {"名称", "全称"} else 2)
    if own in {"考生", "本人", "学生"} and above.field in {PHONE, NAME, ID_NUMBER}:
        return above
    return None


def _cut(own: str) -> Meaning | None:
    """A field name that a record file cut after ten bytes."""
    meanings = {
        found.field: found for name in _WHOLE_NAMES if name.startswith(own) and (found := _match(name))
    }
    return next(iter(meanings.values())) if len(meanings) == 1 else None


def is_subject_group(text: str) -> bool:
    """True for 选考科目（请打√）, the heading over columns with ticks."""
    return _SUBJECT_GROUP.search(core(text)) is not None


def without_notes(text: str) -> str:
    """A heading without what stands in brackets after it."""
    return re.sub(r"\s*[(（][^()（）]*[)）]\s*$", "", text).strip() or text
