"""What is masked, what is left alone, and how a mask looks: the vectors of every kind."""

from __future__ import annotations

import pytest

from archive.masking import Kind, KnownValue, find_sensitive_spans, mask


def masked(text: str, *known: KnownValue, personal: bool = False, before_2000: bool = False) -> str:
    spans = find_sensitive_spans(text, known_values=known, medical_or_personnel=personal, before_2000=before_2000)
    return mask(text, spans)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("11010519491231002X", "110***********002X"),
        ("11010519491231002x", "110***********002x"),
        ("440524188001010014", "440***********0014"),
        ("身份证号：999999195804120018。", "身份证号：999***********0018。"),
        ("９９９９９９１９５８０４１２００１８", "９９９***********００１８"),
        ("99999919580412 0018", "999*********** 0018"),
        ("999999-19580412-0018", "999***-********-0018"),
        ("99999919580\n4120018", "999********\n***0018"),
        ("12 999999195804120018", "12 999***********0018"),
        ("身份证号：9999991958O4120018", "身份证号：999***********0018"),
        ("13912345678", "139****5678"),
        ("+86 139-1234-5678", "+86 139-****-5678"),
        ("8613912345678", "86139****5678"),
        ("139 1234 5678", "139 **** 5678"),
        ("电话13900000031。", "电话139****0031。"),
        ("手机：1390000 0031", "手机：139**** 0031"),
        ("13912345678 13900000031", "139****5678 139****0031"),
        ("0357-8106218", "0357-****218"),
        ("010-62345678", "010-*****678"),
        ("（0357）8106218", "（0357）****218"),
        ("0357 8106218-8001", "0357 ****218-8001"),
        ("电话：8106218", "电话：****218"),
        ("病案号：00118802", "病案号：********"),
        ("住院号 00123456", "住院号 ********"),
        ("门诊号：M2403110087", "门诊号：***********"),
        ("6222020000000000125", "6222***********0125"),
        ("4111111111111111", "4111********1111"),
        ("6222 0200 0000 0000 125", "6222 **** **** ***0 125"),
        ("账号：14050168 0001 9998", "账号：1405**** **** 9998"),
        ("晋A12345", "晋A***45"),
        ("晋AD12345", "晋A****45"),
        ("京A·12345", "京A·***45"),
        ("晋A1234挂", "晋A***4挂"),
        ("a.b@x.cn", "a**@x.cn"),
        ("邮箱office@h002.example收", "邮箱o*****@h002.example收"),
        ("k@x.cn", "*@x.cn"),
        ("护照：E12345678", "护照：*********"),
        ("姓名：张三", "姓名：张*"),
        ("姓 名：张三", "姓 名：张*"),
        ("姓名：张 三 男", "姓名：张 * 男"),
        ("姓名：张三性别：男", "姓名：张*性别：男"),
        ("患者：欧阳建国", "患者：欧阳**"),
        ("患者：歐陽建國", "患者：歐陽**"),
        ("联系人：冯涛 13900000018", "联系人：冯* 139****0018"),
        ("诊断编码：I25.103", "诊断编码：*******"),
    ],
)
def test_patterns_are_masked_everywhere(text: str, expected: str) -> None:
    assert masked(text) == expected


@pytest.mark.parametrize(
    "text",
    [
        "010105194912310021",
        "1101051949123100",
        "110105194912310021",  # wrong check digit
        "999999202302290010",  # no such day
        "91350100M000100Y43",  # a company
        "13912345678901",  # equipment
        "12912345678",
        "20230512139",
        "1388000.00",
        "13900000031.00",
        "合同金额13900000031元",
        "出厂编号：13912345678",
        "合同编号13912345678",
        "SN-13912345678",
        "¥13912345678",
        "13912345678 平方米",
        "1998 0512 139",
        "0357-1106218",
        "2019-06-14",
        "149902201403200101",
        "出厂编号：66421",
        "设备编号：YL-2021-0087",
        "病案号：12",
        "6222020000000000129",  # Luhn
        "23149900000003812567",  # invoice
        "4000 2000 3000 4000",  # amounts
        "8600000.00",
        "邮编：030000",
        "建筑面积56000㎡",
        "HT-2023-021",
        "晋I12345",
        "SCB13-1600",
        "晋北A区1",
        "a@b",
        "@张三",
        "x@@y.cn",
        "C40至C50",
        "维生素B12",
        "超声诊断仪更换B12板",
        "A1",
        "U07.1",
        "经办：孟军",
        "经办人：孟军",  # staff in administrative papers
        "联系人：设备科",
        "患者 张三",
        "现住址：晋北市南关区柳巷12号",
        "诊断：右侧股骨颈骨折",
        "140202580412001",
    ],
)
def test_other_numbers_and_words_are_left_alone(text: str) -> None:
    assert masked(text) == text


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("110105194912310021", "110***********0021"),
        ("999999202302290010", "999***********0010"),
        ("110105199002300015", "110***********0015"),
        ("1101051949\n12310021", "110*******\n****0021"),
        ("139000\n00031", "139***\n*0031"),
        ("现住址：晋北市南关区柳巷12号", "现住址：晋北市南关区*****"),
        ("户口地址：晋北市云川县石桥镇", "户口地址：晋北市云川县***"),
        ("住址：幸福小区3栋201", "住址：*********"),
        ("经办人：孟军", "经办人：孟*"),
        ("主要诊断：高血压病2级（I10.x05）", "主要诊断：***************"),
        ("入院诊断：急性阑尾炎　科室：普外科", "入院诊断：*****　科室：普外科"),
        ("过敏史：青霉素。皮试阳性", "过敏史：***。皮试阳性"),
        ("编码 I25.103", "编码 *******"),
        ("K35.800 E11.900x001", "******* ***********"),
        ("HIV抗体阳性", "***抗体阳性"),
        ("考虑左肺癌可能", "考虑***可能"),
    ],
)
def test_papers_about_persons_are_masked_more_strictly(text: str, expected: str) -> None:
    assert masked(text, personal=True) == expected


@pytest.mark.parametrize(
    "text",
    [
        "建设地址：晋北市和平路6号",
        "T38.4℃",
        "维生素B12",
        "C40至C50",
        "U07.1",
        "19580412 100",
        "血压148/86mmHg",
        "91350100M000100Y43",
        "911101199001011148",  # a company whose code looks like a citizen number
    ],
)
def test_papers_about_persons_keep_what_is_no_secret(text: str) -> None:
    assert masked(text, personal=True) == text


def test_old_id_numbers_only_count_in_old_papers() -> None:
    assert masked("140202580412001", before_2000=True) == "140********2001"
    assert masked("140202581312001", before_2000=True) == "140202581312001"


@pytest.mark.parametrize(
    ("known", "text", "expected"),
    [
        (KnownValue("张三", "name"), "患者 张三入院", "患者 张*入院"),
        (KnownValue("张三", "name"), "张　三，张\n三", "张　*，张\n*"),
        (KnownValue("欧阳建国", "name"), "歐陽建國與歐 陽 建 國", "歐陽**與歐 陽 * *"),
        (KnownValue("欧阳", "name"), "欧阳来电", "欧*来电"),
        (KnownValue("李某、王某", "name"), "王某与李某", "王*与李*"),
        (KnownValue("阿依古丽·买买提", "name"), "阿依古丽·买买提", "阿***·***"),
        (KnownValue("Li", "name"), "Li and Lift", "L* and Lift"),
        (
            KnownValue("999999195804120018", "id_number"),
            "９９９９９９ 19580412 ００１８",
            "９９９*** ******** ００１８",
        ),
        (KnownValue("999999195804120019", "id_number"), "号999999195804120019", "号999***********0019"),
        (KnownValue("13900000031", "phone"), "13-900-000-031", "13-9**-**0-031"),
        (KnownValue("0357-8106218", "phone"), "0357 8106218", "0357 ****218"),
        (KnownValue("00118802", "mr_no"), "（住院，00118802）尾号02-88", "（住院，********）尾号02-88"),
        (KnownValue("1188", "admission_no"), "1188与11880", "****与11880"),
        (KnownValue("晋北市南关区柳巷12号", "address"), "家住晋北市南关区柳巷12号", "家住晋北市南关区*****"),
        (KnownValue("晋北市南关区柳巷12号", "address"), "家住柳巷１２号", "家住*****"),
        (KnownValue("晋北市南关区", "address"), "晋北市南关区", "晋北市南关区"),
        (KnownValue("股骨颈骨折", "diagnosis"), "右側股骨頸骨折術後", "右側*****術後"),
        (KnownValue("高血压12年，冠心病", "history"), "有冠心病，高血压12年", "有***，******"),
        (KnownValue("19580412", "birth"), "1958年4月12日生", "**********生"),
        (KnownValue("1958-04-12", "birth"), "1958.04.12 一九五八年四月十二日", "********** **********"),
        (KnownValue("6222020000000000125", "bank_account"), "6222020000000000125", "6222***********0125"),
        (KnownValue("冯涛 13900000018", "contact"), "找冯涛，打139 0000 0018", "找冯*，打139 **** 0018"),
    ],
)
def test_known_values_are_found_in_every_form(known: KnownValue, text: str, expected: str) -> None:
    assert masked(text, known) == expected


def test_a_joint_span_hides_what_each_of_its_parts_hides() -> None:
    text = "姓名：欧阳建国"
    assert masked(text, KnownValue("欧阳", "name")) == "姓名：****"
    assert masked("诊断：张三骨折", KnownValue("张三", "name"), personal=True) == "诊断：****"


def test_spans_are_sorted_apart_and_named() -> None:
    text = "姓名：张三，电话13900000031，邮箱a.b@x.cn"
    spans = find_sensitive_spans(text, known_values=[KnownValue("张三", "name")], medical_or_personnel=False)
    assert [(text[s.start : s.end], s.kind) for s in spans] == [
        ("张三", Kind.NAME),
        ("13900000031", Kind.MOBILE),
        ("a.b@x.cn", Kind.EMAIL),
    ]


def test_offsets_are_code_points() -> None:
    text = "𠮷🏥姓名：𠮷野家"
    assert masked(text) == "𠮷🏥姓名：𠮷**"


def test_a_known_value_does_not_show_in_its_representation() -> None:
    assert "张三" not in repr(KnownValue("张三", "name"))


def test_the_front_page_of_a_medical_record_is_clean() -> None:
    page = """住院病案首页　病案号：00118802　第2次住院
姓名：张三　性别：男　出生日期：1958年4月12日
身份证号：999999195804120018　电话：13900000031
现住址：晋北市南关区柳巷12号
主要诊断：冠状动脉粥样硬化性心脏病（I25.103）
主治医师：周岩　住院医师：韩静"""
    known = (KnownValue("张三", "name"), KnownValue("19580412", "birth"))
    assert (
        masked(page, *known, personal=True)
        == """住院病案首页　病案号：********　第2次住院
姓名：张*　性别：男　出生日期：**********
身份证号：999***********0018　电话：139****0031
现住址：晋北市南关区*****
主要诊断：*********************
主治医师：周岩　住院医师：韩静"""
    )
