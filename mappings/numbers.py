"""Numbers of the archive in canonical form: recognised in text and queries, built from typed fields, matched exactly.

A canonical form is ``kind:value`` (``doc:晋卫发|2023|12``). Numbers that identify a patient never take that form: they
are `secrets`, to be turned into keyed hashes (mappings.hashing) before they reach an index or a query. Recognition
works on folded text, so offsets are those of the text given.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from enum import StrEnum

from mappings.archival_code import normalise_code
from mappings.fold import fold
from mappings.identity import is_identity_number

MAX_RANGE = 2000
"""Longest range of numbers that is written out; a voucher book holds some hundreds."""


class NumberKind(StrEnum):
    """First part of a canonical form."""

    ARCHIVAL = "code"
    DOCUMENT = "doc"
    ORDER = "order"
    CODE = "no"
    DRAWING = "drawing"
    VOUCHER = "voucher"
    SERIAL = "serial"
    INVOICE = "invoice"
    PATIENT = "patient"
    PERSON = "person"
    PHONE = "phone"
    DIAGNOSIS = "icd"
    DIGITS = "digits"


@dataclass(frozen=True)
class Recognised:
    """A number in a text: code point offsets, canonical forms (any may match), secrets still to be hashed, and a
    prefix of diagnosis codes. `DIGITS` may be any number without a label, so it also stays text."""

    kind: NumberKind
    start: int
    end: int
    keys: tuple[str, ...] = ()
    secrets: tuple[str, ...] = field(default=(), repr=False)
    prefix: str = ""


@dataclass(frozen=True)
class DocumentNumber:
    """A 文号: issuing body's word, year and number; for an order (令) without a year."""

    org: str
    year: int | None
    number: int

    @property
    def key(self) -> str:
        """Canonical form."""
        if self.year is None:
            return f"{NumberKind.ORDER}:{self.org}|{self.number}"
        return f"{NumberKind.DOCUMENT}:{self.org}|{self.year}|{self.number}"


_HAN = "\u4e00-\u9fff"
_LEFT, _RIGHT = r"(?<![a-z0-9-])(?<!\d\.)", r"(?![a-z0-9]|[-.][a-z0-9])"
_TO = r"\s*(?:至|到|~|-+)\s*"

_DOCUMENT = re.compile(
    rf"(?P<org>[{_HAN}a-z](?:[ ]?[{_HAN}a-z]){{0,19}}) ?"
    r"[(〈《<]\s*(?P<y>(?:1\s?9|2\s?[0o])\s?[\do]\s?[\do])\s*[)〉》>]"
    rf"\s*第?\s*(?P<n>\d(?:\s?\d){{0,4}})(?:\s*号(?!楼|梯|房)|(?![\d.{_HAN}]|-\d))"
)
_BRACKETED_YEAR = re.compile(r"[(〈《<]\s*(?:1\s?9|2\s?[0o])")
_ORG_REACH = 40
"""Characters that the issuing body of a 文号 may take, blanks between them included."""
_ORDER = re.compile(rf"(?P<org>[{_HAN}]{{2,20}})令\s*第?\s*(?P<n>\d{{1,4}})\s*号")
# In running text the issuing body follows other words: what stands before one of these belongs to the sentence.
_BEFORE_ORG = re.compile(
    "根据|依据|依照|按照|按|遵照|贯彻|落实|执行|转发|印发|收到|关于|参照|附件|详见|见|以及|及|和|与|由|以|的|经|文号|编号|号|对|为|在|据|原"
)

_ARCHIVAL = re.compile(
    rf"(?<![a-z0-9])[a-z]\d{{3}}-(?:[a-z]{{2}}(?:[·.][a-z0-9{_HAN}]{{1,12}}){{0,6}}|\d{{1,3}}-\d{{1,4}})"
    rf"(?:-(?:y|d30|d10|[a-z]{{2,6}}|\d{{2,6}}))*-\d{{2,6}}{_RIGHT}"
)
_CODE = re.compile(
    rf"{_LEFT}(?=[a-z0-9-]*[a-z])(?=[a-z0-9-]*\d)(?P<code>[a-z0-9]{{1,12}}(?:-[a-z0-9]{{1,12}}){{1,4}}){_RIGHT}"
)
_CODE_RANGE = re.compile(
    rf"{_LEFT}(?P<stem>[a-z]{{1,6}}-\d{{4}}-)(?P<a>\d{{2,6}})(?:至|到|~)(?P=stem)(?P<b>\d{{2,6}}){_RIGHT}"
)
_DRAWING = re.compile(
    rf"(?:(?<=号)|(?<![{_HAN}]))(?P<stem>[建结水暖电弱消气总](?:施|竣|初|方|变)?)-?(?P<a>\d{{1,3}})(?!\d|-\d)"
    rf"(?:{_TO}(?P=stem)?-?(?P<b>\d{{1,3}})(?!\d))?"
)
_DRAWING_STEM = re.compile("[建结水暖电弱消气总][施竣初方]")
_VOUCHER = re.compile(
    rf"(?:凭证|[记收付转]字)[号码]*\s*[(:]?\s*第?\s*(?P<a>\d{{1,5}})(?:{_TO}(?P<b>\d{{1,5}}))?\s*(?P<n>号)?"
)
_SERIAL = re.compile(rf"(?:出厂(?:编)?号|序列号|机身号|s/n)\s*[:]?\s*(?P<v>[a-z0-9][a-z0-9-]{{2,29}}){_RIGHT}")
_INVOICE = re.compile(rf"(?:发票|票据)(?:号码?|代码)?\s*[:]?\s*(?P<v>\d{{20}}|\d{{8}}){_RIGHT}")
_RECORD = re.compile(
    rf"(?P<label>病案号|病历号|住院号|门诊号|就诊卡号|登记号)\s*[:]?\s*(?P<v>[a-z]{{0,3}}\d{{4,12}}(?:-\d{{1,3}})?){_RIGHT}"
)
_WORKING = re.compile(rf"{_LEFT}(?<!\.)(?P<mr>\d{{5,8}})-(?P<n>\d{{1,2}}){_RIGHT}")
_OUTPATIENT = re.compile(rf"{_LEFT}m\d{{10}}{_RIGHT}")
_PERSON = re.compile(r"(?<![0-9a-z])[1-9]\d{16}[\dx](?![0-9a-z])")
_PHONE = re.compile(r"(?<![\d-])(?:\+?86[- ]?)?(?P<v>1[3-9]\d[- ]?\d{4}[- ]?\d{4})(?!\d)")
_DIAGNOSIS = re.compile(r"(?<![a-z0-9.-])[a-tv-z]\d{2}(?:\.\d{1,3}(?:x\d{2,3})?)?(?![a-z0-9.-])")
_DIGITS = re.compile(r"(?<![\d.,a-z-])\d{5,20}(?![\d,a-z-]|\.\d|[万元千平米吨台人张份㎡%])")


def recognise_numbers(text: str) -> tuple[Recognised, ...]:
    """Numbers in reading order without overlaps. Of two readings of the same place the more specific one is kept."""
    folded = fold(text)
    found: list[Recognised] = []
    taken = bytearray(len(folded))  # places, not a list to compare with: tables hold hundreds of thousands of numbers
    for recognise in _RECOGNISERS:
        for one in recognise(folded):
            if taken.find(1, one.start, one.end) < 0:
                taken[one.start : one.end] = b"\1" * (one.end - one.start)
                found.append(one)
    return tuple(sorted(found, key=lambda one: one.start))


def describe_numbers(text: str) -> frozenset[str]:
    """Canonical forms of the numbers that a text mentions, for the index."""
    return collect_keys(recognise_numbers(text))


def collect_keys(found: Iterable[Recognised]) -> frozenset[str]:
    """Canonical forms of recognised numbers, for the index; secrets and unlabelled digits left out."""
    return frozenset(key for one in found if one.kind is not NumberKind.DIGITS for key in one.keys)


def parse_document_number(text: str) -> DocumentNumber | None:
    """A 文号 or order that is the whole text, as in a typed field; None when it is neither."""
    folded = fold(text).strip()
    for pattern in (_DOCUMENT, _ORDER):
        match = pattern.fullmatch(folded)
        if match:
            return _read_document(match, match["org"])
    return None


def keys_of_field(name: str, value: str) -> frozenset[str]:
    """Canonical forms of a typed catalogue field, named as in the description templates; empty for other fields."""
    kind = _KIND_OF_FIELD.get(name)
    if kind is None or not value.strip():
        return frozenset()
    folded = fold(value).strip()
    if kind is NumberKind.ARCHIVAL:
        return frozenset({f"{kind}:{normalise_code(value)}"})
    if kind is NumberKind.DOCUMENT:
        number = parse_document_number(value)
        return frozenset({number.key}) if number else frozenset({f"{NumberKind.CODE}:{normal_code(value)}"})
    if kind is NumberKind.VOUCHER:
        return frozenset(_expand(f"{kind}:", *_ends(re.split(_TO, folded))))
    if kind is NumberKind.DRAWING:
        return frozenset(key for one in _recognise_drawings(folded) for key in one.keys)
    return frozenset({f"{kind}:{normal_code(value)}"})


def secrets_of_field(name: str, value: str, *, count: int | None = None) -> frozenset[str]:
    """Secrets of a typed field that identifies a person; `count` is the number of the admission of a record number."""
    value = normal_code(value)
    if not value or name not in _SECRET_FIELDS:
        return frozenset()
    if name in ("id_no", "phone"):
        return frozenset({_person(value) if name == "id_no" else f"{NumberKind.PHONE}:{value[-11:]}"})
    secrets = {_patient(name, value)}
    if name == "mr_no" and count is not None:
        secrets.add(_working(value, count))
    return frozenset(secrets)


def normal_code(text: str) -> str:
    """Normal form of any other code number: folded, capitals, without blanks."""
    return re.sub(r"\s+", "", fold(text)).upper()


def _read_document(match: re.Match[str], org: str) -> DocumentNumber:
    squeezed = re.sub(r"\s+", "", org)
    number = int(re.sub(r"\s+", "", match["n"]))
    if "y" not in match.re.groupindex:
        return DocumentNumber(squeezed, None, number)
    year = int(re.sub(r"\s+", "", match["y"]).replace("o", "0"))
    return DocumentNumber(squeezed.removesuffix("字") or squeezed, year, number)


def _recognise_documents(folded: str) -> Iterator[Recognised]:
    for kind, matches in ((NumberKind.DOCUMENT, _iter_documents(folded)), (NumberKind.ORDER, _ORDER.finditer(folded))):
        for match in matches:
            org, cut = match["org"], 0
            for word in _BEFORE_ORG.finditer(org):
                cut = word.end() if len(org) - word.end() >= 2 else cut
            key = _read_document(match, org[cut:]).key
            yield Recognised(kind, match.start() + cut, match.end(), (key,))


def _iter_documents(folded: str) -> Iterator[re.Match[str]]:
    """Matches of the pattern for 文号, looked for before each year in brackets alone: almost any word may begin one."""
    end = 0
    for year in _BRACKETED_YEAR.finditer(folded):
        match = _DOCUMENT.search(folded, max(end, year.start() - _ORG_REACH)) if year.start() >= end else None
        if match:
            yield match
            end = match.end()


def _recognise_archival(folded: str) -> Iterator[Recognised]:
    for match in _ARCHIVAL.finditer(folded):
        yield Recognised(NumberKind.ARCHIVAL, *match.span(), (f"{NumberKind.ARCHIVAL}:{normalise_code(match[0])}",))


def _recognise_codes(folded: str) -> Iterator[Recognised]:
    for match in _CODE_RANGE.finditer(folded):
        keys = _expand(f"{NumberKind.CODE}:{match['stem'].upper()}", int(match["a"]), int(match["b"]), len(match["a"]))
        yield Recognised(NumberKind.CODE, *match.span(), keys)
    for match in _CODE.finditer(folded):
        yield Recognised(NumberKind.CODE, *match.span(), (f"{NumberKind.CODE}:{normal_code(match[0])}",))


def _recognise_drawings(folded: str) -> Iterator[Recognised]:
    for match in _DRAWING.finditer(folded):
        labelled = folded[: match.start()].rstrip(" :").endswith("图号")
        if labelled or _DRAWING_STEM.fullmatch(match["stem"]):
            keys = _expand(f"{NumberKind.DRAWING}:{match['stem']}-", *_ends([match["a"], match["b"]]))
            yield Recognised(NumberKind.DRAWING, *match.span(), keys)


def _recognise_vouchers(folded: str) -> Iterator[Recognised]:
    for match in _VOUCHER.finditer(folded):
        if match["n"] or match["b"]:
            start = match.start("a")
            keys = _expand(f"{NumberKind.VOUCHER}:", *_ends([match["a"], match["b"]]))
            yield Recognised(NumberKind.VOUCHER, start, match.end(), keys)


def _recognise_labelled(folded: str) -> Iterator[Recognised]:
    for pattern, kind in ((_SERIAL, NumberKind.SERIAL), (_INVOICE, NumberKind.INVOICE)):
        for match in pattern.finditer(folded):
            yield Recognised(kind, *match.span("v"), (f"{kind}:{match['v'].upper()}",))


def _recognise_patients(folded: str) -> Iterator[Recognised]:
    for match in _RECORD.finditer(folded):
        name = "mr_no" if match["label"] in ("病案号", "病历号") else "admission_no"
        number, _, count = match["v"].partition("-")
        secret = _working(number, int(count)) if count else _patient(name, number.upper())
        yield Recognised(NumberKind.PATIENT, *match.span("v"), secrets=(secret,))
    for match in _WORKING.finditer(folded):
        secret = _working(match["mr"], int(match["n"]))
        yield Recognised(NumberKind.PATIENT, *match.span(), secrets=(secret,))
    for match in _OUTPATIENT.finditer(folded):
        yield Recognised(NumberKind.PATIENT, *match.span(), secrets=(_patient("admission_no", match[0].upper()),))


def _recognise_persons(folded: str) -> Iterator[Recognised]:
    for match in _PERSON.finditer(folded):
        if is_identity_number(match[0]):
            yield Recognised(NumberKind.PERSON, *match.span(), secrets=(_person(match[0].upper()),))
    for match in _PHONE.finditer(folded):
        digits = re.sub(r"\D", "", match["v"])
        yield Recognised(NumberKind.PHONE, *match.span(), secrets=(f"{NumberKind.PHONE}:{digits}",))


def _recognise_diagnoses(folded: str) -> Iterator[Recognised]:
    for match in _DIAGNOSIS.finditer(folded):
        yield Recognised(NumberKind.DIAGNOSIS, *match.span(), prefix=match[0].upper())


def _recognise_digits(folded: str) -> Iterator[Recognised]:
    for match in _DIGITS.finditer(folded):
        digits = match[0]
        keys = [f"{NumberKind.SERIAL}:{digits}", f"{NumberKind.CODE}:{digits}"]
        if len(digits) in (8, 20):
            keys.append(f"{NumberKind.INVOICE}:{digits}")
        secrets = (_patient("mr_no", digits), _patient("admission_no", digits)) if len(digits) <= 12 else ()
        yield Recognised(NumberKind.DIGITS, *match.span(), tuple(keys), secrets)


def _ends(parts: list[str | None]) -> tuple[int, int]:
    numbers = [int(part) for part in parts if part and part.strip().isdecimal()]
    return (numbers[0], numbers[-1]) if numbers else (1, 0)


def _expand(stem: str, first: int, last: int, width: int = 0) -> tuple[str, ...]:
    """Every number of a range; its two ends alone when it is too long to be one."""
    if last - first > MAX_RANGE:
        return (f"{stem}{first:0{width}}", f"{stem}{last:0{width}}")
    return tuple(f"{stem}{number:0{width}}" for number in range(first, last + 1))


def _patient(name: str, value: str) -> str:
    return f"{NumberKind.PATIENT}:{name}:{value}"


def _working(record: str, count: int) -> str:
    return f"{NumberKind.PATIENT}:working:{record:0>8}-{count:02}"


def _person(value: str) -> str:
    return f"{NumberKind.PERSON}:{value}"


_RECOGNISERS: tuple[Callable[[str], Iterator[Recognised]], ...] = (
    _recognise_archival,
    _recognise_documents,
    _recognise_drawings,
    _recognise_persons,
    _recognise_patients,
    _recognise_labelled,
    _recognise_vouchers,
    _recognise_codes,
    _recognise_diagnoses,
    _recognise_digits,
)
_KIND_OF_FIELD = {
    "archival_code": NumberKind.ARCHIVAL,
    "doc_no": NumberKind.DOCUMENT,
    "drawing_no": NumberKind.DRAWING,
    "voucher_range": NumberKind.VOUCHER,
    "serial_no": NumberKind.SERIAL,
    "invoice_no": NumberKind.INVOICE,
    **dict.fromkeys(("licences", "approval_nos"), NumberKind.DOCUMENT),
    **dict.fromkeys(
        (
            "contract_no",
            "proc_no",
            "equip_no",
            "asset_no",
            "project_code",
            "project_no",
            "case_no",
            "reg_no",
            "record_uid",
        ),
        NumberKind.CODE,
    ),
}
_SECRET_FIELDS = frozenset({"mr_no", "admission_no", "patient_uid", "id_no", "phone", "bank_account"})
