"""Golden queries: what people of the hospital type, and which demo records must come, or must not come, first.

The hits counted are those a person sees in order, close ones included. `LATER` names the queries that need what later
issues bring, each with its reason; such a query failing is expected, and passing is a test failure, so that the list
never outlives its reasons.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from archive.access.actor import Actor, Role
from tests.service.retrieval.world import AUTHORITY, FINANCE, LOGISTICS, MR_ARCHIVIST, OUTSIDER, person

EQUIPMENT_STAFF = person(Role.READER, "设备科")
LOGISTICS_STAFF = person(Role.READER, "后勤保障部")
CONSTRUCTION_STAFF = person(Role.READER, "基建办")
OFFICE_STAFF = person(Role.READER, "院长办公室")


@dataclass(frozen=True)
class Golden:
    """One query with its spellings. Every `must` lies inside the first `top`, no `must_not` does."""

    id: str
    actor: Actor
    queries: tuple[str, ...]
    must: tuple[str, ...]
    must_not: tuple[str, ...]
    top: int

    def judge(self, found: Sequence[str]) -> str:
        """What is wrong with a list of records, in order of display; empty when nothing is."""
        shown = list(found[: self.top])
        missing = [name for name in self.must if name not in shown]
        wrong = [name for name in self.must_not if name in shown]
        return "; ".join(
            [f"{name} not in the first {self.top}" for name in missing]
            + [f"{name} must not be there" for name in wrong]
        )


def _golden(number: str, actor: Actor, queries: str, must: str, must_not: str, top: int) -> Golden:
    return Golden(number, actor, tuple(queries.split("|")), tuple(must.split()), tuple(must_not.split()), top)


GOLDEN = (
    _golden("Q01", LOGISTICS_STAFF, "住院楼竣工图", "S04 S05", "S09", 10),
    _golden("Q03", LOGISTICS, "2023年5月水费", "S16", "S17 S41", 5),
    _golden("Q05", LOGISTICS_STAFF, "去年电梯维保合同", "S18", "S21", 5),
    _golden("Q07", LOGISTICS_STAFF, "食堂承包", "S20", "S21", 5),
    _golden("Q09", LOGISTICS_STAFF, "绿化养护合同到期", "S21", "S18", 5),
    _golden("Q11", EQUIPMENT_STAFF, "CT机验收", "S29", "S32", 5),
    _golden("Q13", EQUIPMENT_STAFF, "SOMATOM 64排", "S29 S30", "S32", 5),
    _golden("Q15", EQUIPMENT_STAFF, "呼吸机 报废 2020-2022", "S35", "S36", 5),
    _golden("Q17", EQUIPMENT_STAFF, "出厂编号 0123456", "S37", "S55", 5),
    _golden("Q19", CONSTRUCTION_STAFF, "施工许可证 门诊楼", "S02", "S01", 3),
    _golden("Q21", FINANCE, "2022年10月 记账凭证 第15号", "S41", "S44", 3),
    _golden("Q23", FINANCE, "138.8万 采购|1388000 采购|壹佰叁拾捌万捌仟元 采购", "S40", "S30", 5),
    _golden("Q25", OFFICE_STAFF, "晋卫发【2023】12号|晋卫发(2023)12号|晋 卫 发〔2023〕12 号", "S47", "S48", 3),
    _golden("Q27", OFFICE_STAFF, "关于更换住院综合楼3号电梯曳引机的请示 批复", "S51 S52", "", 3),
    _golden("Q29", MR_ARCHIVIST, "00123456", "S55", "S37 S54", 3),
    _golden("Q31", MR_ARCHIVIST, "I25.1", "S54", "S56 S57", 5),
    _golden("Q35", AUTHORITY, "电梯年检", "S24", "S54", 5),
    _golden("Q37", OUTSIDER, "jun gong tu|jungongtu|jgt", "S04 S05 S06", "", 10),
    _golden("Q39", OUTSIDER, "竣工图 -结构|竣工图 NOT 结构", "S04 S06 S11", "S05", 10),
    _golden(
        "Q41",
        OUTSIDER,
        "H002-KJ·JJ·ZYL-08-003|h002-kj.jj.zyl-08-003|Ｈ００２－ＫＪ•ＪＪ•ＺＹＬ－０８－００３",
        "S06",
        "S05",
        1,
    ),
    _golden("Q43", OUTSIDER, "图号 建施-05|建施—05|建施05", "S09", "S05", 3),
    _golden("Q45", OUTSIDER, "氧气 管道 图", "S11", "S07", 5),
    _golden("Q47", OUTSIDER, "院长办公会 2O21", "S45", "S46", 5),
)

AMOUNTS = "amounts in several spellings come with the query language issue"
PINYIN = "pinyin comes with the query language issue"
SYNONYMS = "names of one building come with the synonyms"

LATER = {
    ("Q23", "138.8万 采购"): AMOUNTS,
    ("Q23", "1388000 采购"): AMOUNTS,
    ("Q23", "壹佰叁拾捌万捌仟元 采购"): AMOUNTS,
    ("Q37", "jun gong tu"): PINYIN,
    ("Q37", "jungongtu"): PINYIN,
    ("Q37", "jgt"): PINYIN,
}
"""Queries that need more than this version has, in whatever archive."""

LATER_ALONE = {("Q01", "住院楼竣工图"): SYNONYMS}
"""Queries that fail in the small archive only: there, a poor match is still among the first ten."""
