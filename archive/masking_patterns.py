"""Patterns of sensitive spans in folded text: numbers with validators, labelled values, words never to be shown.

Text is folded before it comes here (`mappings.fold`), so patterns know lower case, half width and simplified characters
only. A rule finds candidates, its check decides. Amounts, areas, and numbers of contracts, invoices, equipment and the
like are guarded by the words before and the units behind them. Recognised text breaks numbers: one blank, dash or line
end may stand inside.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from enum import StrEnum

from archive.validators import is_luhn_valid, is_valid_uscc
from mappings.identity import is_identity_number


class Kind(StrEnum):
    """What a sensitive span is; decides how many characters of it stay."""

    ACCOUNT = "account"  # bank card, bank account, insurance card
    ADDRESS = "address"
    EMAIL = "email"
    HIDDEN = "hidden"  # nothing stays: diagnoses, record numbers, travel documents, dates of birth
    ID_NUMBER = "id_number"
    MOBILE = "mobile"
    NAME = "name"
    PHONE = "phone"
    PLATE = "plate"


@dataclass(frozen=True, slots=True)
class Span:
    """Sensitive characters `start` to `end` (exclusive, code points) of a text."""

    start: int
    end: int
    kind: Kind


@dataclass(frozen=True, slots=True)
class _Candidate:
    """A match of a rule: the text around it, its place, and whether it stands in a paper about persons."""

    text: str
    start: int
    end: int
    personal: bool

    @property
    def value(self) -> str:
        return self.text[self.start : self.end]

    @property
    def plain(self) -> str:
        return _SEPARATOR.sub("", self.value)

    @property
    def breaks(self) -> int:
        return len(_SEPARATOR.findall(self.value))

    def before(self, reach: int) -> str:
        return self.text[max(0, self.start - reach) : self.start]


_Range = tuple[int, int]
_Check = Callable[[_Candidate], _Range | None]


@dataclass(frozen=True)
class _Rule:
    """`accept` gives the range to mask or None; without the character `needs` nothing can match."""

    kind: Kind
    pattern: re.Pattern[str]
    accept: _Check
    needs: str
    personal_only: bool


HAN = "\u3400-\u4dbf\u4e00-\u9fff\U00020000-\U0003ffff"
_SEPARATOR = re.compile(r" *\n *|[ -]")
_GAP = r"(?: *\n *|[ -])?"
_COLON = r"\s*:?\s*"
_FIRST = r"(?<!\d.)"  # behind the first digit: the number begins here
_LAST = r"(?!\d|\.\d)"  # the number ends here and is no amount with decimals

_ID_SHAPE = re.compile(r"\d{6}(?:18|19|20)\d\d(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])\d{3}[\dx]")
_CARD_SHAPE = re.compile(r"62\d{14,18}|[45]\d{14,18}")
_FOREIGN_BEFORE = re.compile(
    r"(?:发票|票据|合同|协议|设备|仪器|出厂|机身|序列|产品|资产|注册|备案|凭证|订单|流水|[图批货条档文])"
    r"(?:代码|编码|编号|号码|证号|号|码)\s*[:#]?\s*$|邮(?:政编码|编)\s*:?\s*$"
    r"|(?<![a-z])(?:sn|s/n|ht|yl|gz)[\s.:#-]*$|[¥$]\s*$"
)
_FOREIGN_AFTER = re.compile(r"\s?(?:元|万|亿|㎡|m2|平方|千克|公斤|kg|吨|千瓦|kw)")
_PHONE_LABEL = re.compile(r"(?:电话|手机|座机|联系方式|tel|phone|mobile)(?:号码?)?\s*[.:]?\s*$")
_CODE_LABEL = re.compile(r"诊断(?:名称|编码)?\s*:|icd|疾病编码")
_LABEL_REACH = 16
_LINE_REACH = 40


def _always(found: _Candidate) -> _Range:
    return found.start, found.end


def _unless_foreign(found: _Candidate) -> _Range | None:
    if _FOREIGN_BEFORE.search(found.before(_LABEL_REACH)) or _FOREIGN_AFTER.match(found.text, found.end):
        return None
    return found.start, found.end


def _accept_id_number(found: _Candidate) -> _Range | None:
    """Right numbers everywhere; wrong ones in papers about persons, where a misread digit must not uncover the rest."""
    number = found.plain
    if not _ID_SHAPE.fullmatch(number):
        return None
    if is_identity_number(number):
        return (found.start, found.end) if found.breaks <= 3 else None
    believed = found.personal and found.breaks <= 2 and not is_valid_uscc(number.upper())
    return (found.start, found.end) if believed else None


def _accept_labelled_id(found: _Candidate) -> _Range | None:
    return (found.start, found.end) if sum(char.isdigit() for char in found.value) >= 12 else None


def _accept_broken_mobile(found: _Candidate) -> _Range | None:
    """One break at an odd place: believed in papers about persons or behind a label, and never for a date."""
    if found.breaks != 1 or not (found.personal or _PHONE_LABEL.search(found.before(_LABEL_REACH))):
        return None
    first = _SEPARATOR.split(found.value)[0]
    return None if first.startswith("19") and len(first) in (4, 6, 8) else _unless_foreign(found)


def _accept_card(found: _Candidate) -> _Range | None:
    number = found.plain
    return _unless_foreign(found) if _CARD_SHAPE.fullmatch(number) and is_luhn_valid(number) else None


def _accept_plate(found: _Candidate) -> _Range | None:
    return (found.start, found.end) if sum(char.isdigit() for char in found.value) >= 3 else None


def _accept_disease_code(found: _Candidate) -> _Range | None:
    """The codes look like grades of concrete, vitamins and parts: outside papers about persons they need a label in
    their line and decimals, inside such papers a label or the long clinical form."""
    line = found.before(_LINE_REACH).rpartition("\n")[2]
    has_label, decimals = _CODE_LABEL.search(line), len(found.value.partition(".")[2])
    believed = (has_label or decimals >= 3) if found.personal else (has_label and decimals)
    return (found.start, found.end) if believed else None


def _widen_disease(found: _Candidate) -> _Range:
    """The organ stands before the word: up to two characters of it go too."""
    organ = _HAN_BEFORE.search(found.before(2))
    return found.start - (len(organ[0]) if organ else 0), found.end


_NAME_ENDS = re.compile(
    r"性别|年龄|出生|民族|籍贯|电话|手机|联系|身份|住址|地址|住院|病案|门诊|科室|科别|床号|职务|职称|单位"
    r"|签名|签字|日期|同志|先生|女士|医生|医师|护士"
    r"|(?<=\s)[男女]|(?<=...)[男女]"
)
_HAN_BEFORE = re.compile(rf"[{HAN}]+$")
_NO_NAME = re.compile(r"(?:[科部处室办院局组厂会]|公司|中心|单位)$")


def _accept_name(found: _Candidate) -> _Range | None:
    """Cuts the next label off a name that is not set apart from it; refuses names of bodies."""
    ending = _NAME_ENDS.search(found.value)
    name = found.value[: ending.start()].rstrip() if ending else found.value
    is_person = len(name) > 1 and not _NO_NAME.search(name)
    return (found.start, found.start + len(name)) if is_person else None


def _rule(
    kind: Kind,
    pattern: str,
    accept: _Check = _always,
    *,
    needs: str = "",
    personal_only: bool = False,
) -> _Rule:
    return _Rule(kind, re.compile(pattern, re.MULTILINE), accept, needs, personal_only)


_PROVINCES = "京津沪渝冀豫云辽黑湘皖鲁新苏浙赣鄂桂甘晋蒙陕吉闽贵粤青藏川宁琼"
_PLATE_TAIL = r"(?:[a-hj-np-z0-9]{4}[a-hj-np-z0-9挂学警港澳]|[df][a-hj-np-z0-9]\d{4}|\d{5}[df])"
_SPACED_NAME = rf"(?:[{HAN}] {{1,2}}){{1,3}}[{HAN}](?![{HAN}*])"
_NAME = rf"\s*:\s*({_SPACED_NAME}|[{HAN}·]{{2,6}}(?!\*))"

_FINDING_LABELS = (
    r"诊断(?:名称|编码|意见|结果)?|手术(?:名称|方式|操作|经过)?|术中所见|主诉|现病史|既往史|个人史|家族史|婚育史|月经史"
    r"|过敏史|预防接种史|查体|体格检查|诊疗经过|检验结果|检查(?:所见|结果|结论)|影像(?:所见|表现)|病理(?:所见|结果)"
)
_NEVER_SHOWN = (
    r"hiv|艾滋病?|梅毒|淋病|尖锐湿疣|生殖器疱疹|性病|精神病|精神分裂症?|抑郁症?|双相(?:情感)?障碍|流产|引产|遗传病?"
)
_RECORD_LABELS = r"病案号|病历号|住院号|门诊号|就诊卡号|登记号|影像号|检查号|病理号|患者唯一号"
_ACCOUNT_LABELS = r"银行卡|卡号|账号|帐号|账户|帐户|医保[卡编]?号|社保卡?号|社会保障号码?"
_PERSON_LABELS = r"(?:患者|病人|姓\s*名|联系人|家属|监护人|投诉人|举报人)(?:姓名)?"

# The last group is the sensitive part, or, with two groups, what reaches from the first to the last: the second then
# stands in a look-ahead, so that a refused candidate never hides one that begins inside it. Patterns begin with the
# characters themselves and look back behind them, because the engine finds a fixed beginning several times faster.
_RULES = (
    _rule(
        Kind.ID_NUMBER,
        rf"([1-9])(?<![0-9a-z].)(?=((?:{_GAP}\d){{16}}{_GAP}[\dx])(?![0-9a-z]))",
        _accept_id_number,
    ),
    _rule(
        Kind.ID_NUMBER,
        rf"身\s?份\s?证件?(?:号码|编号|号)?{_COLON}([0-9oilxzsb](?:{_GAP}[0-9oilxzsb]){{13,18}})(?![0-9a-z])",
        _accept_labelled_id,
        needs="证",
    ),
    _rule(
        Kind.MOBILE,
        rf"(1(?:{_FIRST}|(?<=86.)(?<!\d86.))[3-9]\d[- ]?\d{{4}}[- ]?\d{{4}}){_LAST}",
        _unless_foreign,
    ),
    _rule(Kind.MOBILE, rf"(1){_FIRST}(?=({_GAP}[3-9](?:{_GAP}\d){{9}}){_LAST})", _accept_broken_mobile),
    _rule(
        Kind.PHONE,
        rf"(0{_FIRST}(?:10|2\d|[3-9]\d\d)\)?[- ]?[2-9]\d{{6,7}})(?:-\d{{1,4}})?{_LAST}",
        _unless_foreign,
    ),
    _rule(Kind.PHONE, rf"(?:电话|座机|联系方式|tel)(?:号码)?{_COLON}([2-9]\d{{6,7}}){_LAST}"),
    _rule(Kind.HIDDEN, rf"(?:{_RECORD_LABELS}){_COLON}([a-z]{{0,3}}\d{{4,12}}(?:-\d{{1,3}})?)", needs="号"),
    _rule(Kind.ACCOUNT, rf"([4-6]{_FIRST}\d{{14,19}}){_LAST}", _accept_card),
    _rule(Kind.ACCOUNT, rf"(6{_FIRST}2\d{{2}}(?:[ -]\d{{4}}){{3}}(?:[ -]\d{{1,4}})?){_LAST}", _accept_card),
    _rule(Kind.ACCOUNT, rf"(?:{_ACCOUNT_LABELS}){_COLON}(\d(?:{_GAP}\d){{7,24}}){_LAST}"),
    _rule(Kind.PLATE, rf"([{_PROVINCES}][a-hj-np-z]·?{_PLATE_TAIL})(?![a-z0-9])", _accept_plate),
    _rule(
        Kind.EMAIL,
        r"([a-z0-9._%+-](?<![a-z0-9._%+-].)[a-z0-9._%+-]{0,63}@[a-z0-9-]{1,63}(?:\.[a-z0-9-]{1,63}){0,3}\.[a-z]{2,24})",
        needs="@",
    ),
    _rule(Kind.HIDDEN, rf"护照(?:号码?)?{_COLON}([egdsph][a-z]?\d{{7,8}})(?!\d)", needs="照"),
    _rule(Kind.HIDDEN, rf"(?:通行证|回乡证)(?:号码?)?{_COLON}([hmc]\d{{8,10}})(?!\d)", needs="证"),
    _rule(Kind.HIDDEN, rf"出生(?:医学)?证明?(?:编号|号码?)?{_COLON}([a-z]\d{{9}})(?!\d)", needs="证"),
    _rule(
        Kind.HIDDEN,
        r"([a-tv-z](?<![a-z0-9].)\d{2}(?:\.\d{1,3}(?:x\d{2,3})?)?)(?![a-z0-9℃°]|\.\d)",
        _accept_disease_code,
    ),
    _rule(Kind.NAME, _PERSON_LABELS + _NAME, _accept_name, needs=":"),
    _rule(Kind.NAME, r"(?:经办人|当事人)" + _NAME, _accept_name, needs=":", personal_only=True),
    _rule(
        Kind.ADDRESS,
        r"(?:住址|地址|户籍所在地|工作单位)(?<![设目程工]地址)\s*:\s*([^\s,。;]{4,40})",
        needs=":",
        personal_only=True,
    ),
    _rule(
        Kind.HIDDEN,
        rf"(?:{_FINDING_LABELS})\s*:[^\S\n]*(\S[^\n。]*?)(?=\s*$|。|\s+[{HAN}]{{2,8}}\s*:)",
        needs=":",
        personal_only=True,
    ),
    _rule(Kind.HIDDEN, rf"({_NEVER_SHOWN})", personal_only=True),
    _rule(Kind.HIDDEN, r"(肿瘤|癌|肉瘤|淋巴瘤|白血病)", _widen_disease, personal_only=True),
)
_OLD_ID = _rule(
    Kind.ID_NUMBER,
    rf"([1-9]{_FIRST}\d{{7}}(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])\d{{3}})(?!\d)",
    _unless_foreign,
)


def iter_pattern_spans(folded: str, *, personal: bool, before_2000: bool) -> Iterator[Span]:
    """Spans that patterns find, in no order; they may overlap. `personal`: the paper is about patients or staff."""
    for rule in (*_RULES, _OLD_ID) if before_2000 else _RULES:
        if (rule.personal_only and not personal) or rule.needs not in folded:
            continue
        for match in rule.pattern.finditer(folded):
            found = _Candidate(folded, match.start(1), match.end(rule.pattern.groups), personal)
            accepted = rule.accept(found)
            if accepted is not None:
                yield Span(*accepted, rule.kind)
