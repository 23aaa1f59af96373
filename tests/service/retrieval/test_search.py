"""Searching the demo records: what must match what, orders, pages, facets, snippets, odd input."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from archive.access import gate
from archive.access.actions import Action
from archive.access.actor import ANONYMOUS, SYSTEM, Actor
from archive.errors import NotGrantedError
from archive.models import Event, QueryLog
from mappings.aliases import Kind, alias_name
from retrieval.errors import BadRequestError
from tests.service.retrieval.conftest import World
from tests.service.retrieval.golden import EQUIPMENT_STAFF
from tests.service.retrieval.world import ARCHIVIST, FINANCE, LOGISTICS, MR_ARCHIVIST, OUTSIDER

pytestmark = pytest.mark.service


@pytest.mark.parametrize(
    ("actor", "query", "must", "must_not"),
    [
        (EQUIPMENT_STAFF, "YL-2021-0087", {"S29", "S37", "S38"}, {"S32"}),
        (EQUIPMENT_STAFF, "yl－2021－0087", {"S29", "S37", "S38"}, {"S32"}),
        (FINANCE, "YL-2021-0087", {"S42"}, {"S32"}),
        (FINANCE, "HT-2023-021", {"S18", "S44", "S24"}, {"S21"}),
        (OUTSIDER, "晋北二院发(2023)12号", {"S48"}, {"S47"}),
        (OUTSIDER, "晋北二院后 2023 6", {"S51"}, set()),
        (LOGISTICS, "二○二二年十一月 竣工", {"S04", "S05", "S06", "S11", "S13"}, {"S09"}),
        (LOGISTICS, "2022年第三季度 检验", {"S19"}, {"S24"}),
        (FINANCE, "凭证 第16号 2022-10", {"S41"}, {"S44"}),
        (LOGISTICS, "平面圖 傳染病", {"S15"}, set()),
        (LOGISTICS, "消防演练", {"S26", "S60"}, set()),
        (ARCHIVIST, '"会议纪要"', {"S45"}, {"S46"}),
        (OUTSIDER, "图号 水竣-03", {"S06"}, {"S05"}),
        (EQUIPMENT_STAFF, "出厂编号 66421", {"S29", "S37", "S38"}, {"S36"}),
        (EQUIPMENT_STAFF, "验收报告 -CT", {"S32"}, {"S29"}),
        (EQUIPMENT_STAFF, "验收报告 NOT CT", {"S32"}, {"S29"}),
        (EQUIPMENT_STAFF, "設備安裝驗收", {"S29", "S32"}, set()),
        (OUTSIDER, "題名:奠基", {"S28"}, set()),
        (LOGISTICS, "责任者:晋北宏安", {"S18", "S25"}, {"S24"}),
        (OUTSIDER, "文号:晋卫发〔2020〕5号", {"S49"}, {"S47"}),
        (MR_ARCHIVIST, "999999195804120018", {"S54"}, {"S55", "S56", "S58"}),
        (MR_ARCHIVIST, "118802-2", {"S54"}, {"S55"}),
        (MR_ARCHIVIST, "张三", {"S54", "S58"}, {"S15", "S55"}),
        (MR_ARCHIVIST, "欧阳建国 骨折", {"S56"}, {"S54"}),
        (OUTSIDER, "张三", set(), {"S54", "S58", "S15"}),
        (ARCHIVIST, "00118802", set(), {"S54", "S58"}),
    ],
)
def test_what_must_match_what(world: World, actor: Actor, query: str, must: set[str], must_not: set[str]) -> None:
    found = set(world.found(actor, query))
    assert must <= found
    assert not must_not & found


def test_an_exact_number_comes_first(world: World) -> None:
    assert world.found(OUTSIDER, "晋卫发〔2023〕12号")[0] == "S47"
    assert world.found(FINANCE, "HT-2023-021")[0] == "S18"
    assert world.found(ARCHIVIST, "H002-KJ·JJ·ZYL-08-003") == ["S06"]


def test_a_missing_number_is_not_replaced_by_another(world: World) -> None:
    result = world.search(OUTSIDER, "晋卫发〔2023〕99号 通知")
    assert result.total.value == 0
    assert not any(hit.tier == "strict" for hit in result.hits)


ODD = [
    '"',
    "((((",
    "文号:",
    "题名:",
    "* OR *",
    "\x00",
    "😀",
    "-" * 50,
    "NOT",
    '-""',
    "\\u0000 {}",
    "a" * 500,
    "字" * 500,
]


@pytest.mark.parametrize("query", ODD)
def test_odd_input_is_answered(world: World, query: str) -> None:
    result = world.search(ARCHIVIST, query)
    assert min(result.total.value, 20) == sum(hit.tier == "strict" for hit in result.hits)
    assert result.hits or result.notices or result.total.value == 0


def test_nothing_to_search_says_so(world: World) -> None:
    result = world.search(ARCHIVIST, "((((")
    assert (result.total.value, result.hits, result.notices) == (0, (), ("nothing_to_search",))


@pytest.mark.parametrize("sort", ["relevance", "date_desc", "date_asc", "title", "archival_code"])
@pytest.mark.parametrize("query", ["", "合同", "院"])
def test_pages_give_every_hit_once_in_every_order(world: World, narrow_window: None, sort: str, query: str) -> None:
    pages: list[list[str]] = []
    cursor = ""
    while True:
        result = world.search(ARCHIVIST, query, sort=sort, size="7", facets="none", cursor=cursor)
        pages.append([hit.id for hit in result.hits if hit.tier == "strict"])
        if result.next_cursor is None:
            break
        cursor = result.next_cursor
    seen = [item_id for page in pages for item_id in page]
    assert all(len(page) == 7 for page in pages[:-1])
    assert len(seen) == len(set(seen)) == result.total.value


@pytest.fixture
def narrow_window(world: World) -> Iterator[None]:
    """Lets no request reach beyond the first ten hits by counting: only a cursor leads further."""
    alias = alias_name(world.archive.config.index_prefix, Kind.ITEMS)
    world.client.indices.put_settings(index=alias, settings={"index": {"max_result_window": 10}})
    yield
    world.client.indices.put_settings(index=alias, settings={"index": {"max_result_window": None}})


def test_dates_are_in_order(world: World) -> None:
    down = [hit.date for hit in world.search(ARCHIVIST, "", sort="date_desc", size="100").hits]
    up = [hit.date for hit in world.search(ARCHIVIST, "", sort="date_asc", size="100").hits]
    assert down == sorted(down, reverse=True)
    assert up == sorted(up)


def test_a_cursor_of_somebody_else_is_refused(world: World) -> None:
    cursor = world.search(ARCHIVIST, "合同", size="2").next_cursor or ""
    with pytest.raises(BadRequestError):
        world.search(FINANCE, "合同", size="2", cursor=cursor)
    with pytest.raises(BadRequestError):
        world.search(ARCHIVIST, "合同书", size="2", cursor=cursor)


def test_facets_count_the_strict_tier(world: World) -> None:
    result = world.search(ARCHIVIST, "合同", size="100")
    years: dict[str, int] = {}
    for name in world.found(ARCHIVIST, "合同"):
        year = next(record for record in world.records if record.sample_id == name).data["year"]
        years[str(year)] = years.get(str(year), 0) + 1
    assert {bucket.key: bucket.count for bucket in result.facets["year"]} == years
    assert sum(bucket.count for bucket in result.facets["department"]) == result.total.value


def test_a_class_holds_what_is_below_it(world: World) -> None:
    classes = {bucket.key: bucket.count for bucket in world.search(ARCHIVIST, "").facets["class"]}
    assert classes["KJ·JJ"] == sum(count for code, count in classes.items() if code.startswith("KJ·JJ·"))
    assert world.search(ARCHIVIST, "", **{"class": "KJ·JJ"}).total.value == classes["KJ·JJ"]


def test_several_values_of_one_facet_add_up_and_of_two_narrow(world: World) -> None:
    all_years = {bucket.key: bucket.count for bucket in world.search(ARCHIVIST, "").facets["year"]}
    both = world.search(ARCHIVIST, "", year=["2022", "2023"])
    assert both.total.value == all_years["2022"] + all_years["2023"]
    # The chosen facet still shows what else could be chosen; others count what is chosen.
    assert {bucket.key: bucket.count for bucket in both.facets["year"]} == all_years
    assert {bucket.key for bucket in both.facets["year"] if bucket.is_chosen} == {"2022", "2023"}
    assert sum(bucket.count for bucket in both.facets["department"]) == both.total.value
    narrowed = world.search(ARCHIVIST, "", year="2023", department="HQB")
    assert narrowed.total.value == {b.key: b.count for b in narrowed.facets["year"]}["2023"]


def test_a_value_that_counts_nothing_is_still_shown_as_chosen(world: World) -> None:
    result = world.search(ARCHIVIST, "合同", building="没有的楼")
    assert result.total.value == 0
    assert [(b.key, b.count) for b in result.facets["building"] if b.is_chosen] == [("没有的楼", 0)]


def test_snippets_name_page_and_file(world: World) -> None:
    (hit,) = (hit for hit in world.search(LOGISTICS, "屋面渗漏 曹师傅").hits if hit.tier == "strict")
    assert world.names[hit.id] == "S14"
    assert "<mark>屋面</mark>" in hit.snippets[0].html
    assert hit.snippets[0].page == 1
    assert hit.snippets[0].file_id
    assert hit.title_html == "住院综合楼<mark>屋面渗漏</mark>维修记录"


def test_a_letter_spaced_number_is_marked_on_its_page(world: World) -> None:
    hit = world.search(OUTSIDER, "晋卫发〔2023〕12号").hits[0]
    assert "<mark>晋 卫 发 〔 2 0 2 3 〕 12 号</mark>" in hit.snippets[0].html


def test_close_hits_are_apart_and_not_counted(world: World) -> None:
    result = world.search(LOGISTICS, "屋面渗漏 曹师傅")
    assert result.total.value == 1
    assert [hit.tier for hit in result.hits][:2] == ["strict", "related"]


def test_close_hits_keep_what_is_exact(world: World) -> None:
    names = [world.names[hit.id] for hit in world.search(EQUIPMENT_STAFF, "CT机验收").hits]
    assert names[0] == "S29"
    assert "S32" not in names


def test_only_close_hits_say_so(world: World) -> None:
    result = world.search(LOGISTICS, "绿化养护合同到期")
    assert result.total.value == 0
    assert result.notices == ("only_related",)
    assert result.facets["class"] == ()


def test_suggestions_complete_what_is_typed(world: World) -> None:
    titles = [one.title for one in world.service.suggest(LOGISTICS, "电梯维")]
    assert titles[0].startswith("电梯维")
    assert [one.title for one in world.service.suggest(LOGISTICS, "64排螺")] == ["64排螺旋CT采购合同"]
    assert [one.title for one in world.service.suggest(LOGISTICS, "dr. ch")] == ["关于邀请Dr. Chen来院讲学的函"]
    assert world.service.suggest(LOGISTICS, "((") == ()


def test_a_search_leaves_a_trace_without_its_words(world: World) -> None:
    def events() -> list[Event]:
        with world.archive.database.reading() as session:
            return list(session.query(Event).where(Event.action == "search:use"))

    before = len(events())
    world.search(ARCHIVIST, "屋面防水")
    (event,) = events()[before:]
    assert (event.actor_id, event.detail) == (ARCHIVIST.id, {"total": world.search(ARCHIVIST, "屋面防水").total.value})
    assert "屋面" not in repr(vars(event))
    with world.archive.database.reading() as session:
        assert session.get(QueryLog, event.id).query == "屋面防水"


@pytest.mark.parametrize("act", ["search", "suggest"])
def test_who_may_not_search_is_refused(world: World, act: str) -> None:
    with pytest.raises(NotGrantedError):
        _ = world.search(ANONYMOUS, "合同") if act == "search" else world.service.suggest(ANONYMOUS, "合同")


@pytest.mark.parametrize("actor", [ARCHIVIST, FINANCE, MR_ARCHIVIST, OUTSIDER])
def test_rights_beside_a_hit_are_those_of_the_gate(world: World, actor: Actor) -> None:
    shown = {hit.id: hit.rights for hit in world.search(actor, "", size="100").hits}
    with world.archive.database.reading() as session:
        items = gate.find_visible(session, actor, Action.ITEM_DISCOVER, world.ids.values())
        assert shown == {item_id: gate.rights_on(actor, item) for item_id, item in items.items()}


def test_the_program_itself_sees_everything(world: World) -> None:
    assert world.search(SYSTEM, "").total.value == len(world.ids)
