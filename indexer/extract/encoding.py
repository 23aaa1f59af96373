"""Which encoding a plain text is written in, decided by its bytes alone.

Chinese archives hold GB18030 letters of twenty characters and Big5 notices from partners, without any mark. Statistical
detectors need more text than that; here each candidate decoding is scored by how ordinary its characters are: common
characters of official writing (our own list, both scripts), the first levels of GB 2312 and Big5, punctuation.
"""

from __future__ import annotations

import codecs
import re
import unicodedata
from collections import Counter
from functools import lru_cache

_SIMPLIFIED = (
    "的一是了我不人在他有这个上们来到时大地为子中你说生国年着就那和要她出也得里后自以会家可下而过天去能对小多然于心学么之都好看起发当没成只如事把还用第样道想作种开美总从无情己面最女但现前些所同日手又行意动"
    "方期它头经长儿回位分爱老因很给名法间斯知世什两次使身者被高已亲其进此话常与活正感见明问力理尔点文几定本公特做外孩相西果走将月十实向声车全信重三机工物气每并别真打太新比才便夫再书部水像眼等体却加电主界门"
    "利海受听表德少克代员许先口由死安写性马光白或住难望教命花结乐色更拉东神记处让母父应直字场平报友关放至张认接告入笑内英军候民岁往何度山觉路带万男边风解叫任金快原吃妈变通师立象数四失满战远格士音轻目条呢二"
    "五六七八九零百千亿号楼层室科院局委办副医护病房患诊术检查验断治疗药品设备器械仪档案卷件归移交收保管限永久密级责题编份页注录清单登台账合协议招标采购供商额元币票凭证计财务预算决资审基建程施图纸竣监签质量"
    "消防梯锅炉空调配排燃维修养校准故障换装试运培训操规制例请示批复函纪划况印转申核盖章址联系姓码职称历专业考奖惩评聘劳离退休社积卫健康政府市县区街共产党支组织宣传察团绿化洁食堂餐饮停急演练值班巡隐整改疫染"
    "毒废垃圾污环境测执照授权托企司股集站研究课项费论伦习范技参型价税率含付款式违约争附词抄送宗盒柜架库温湿阅借鉴销毁扫描片盘磁硬存储统网络软据息户志版升"
)
_TRADITIONAL = (
    "這個們來時爲說國裏後會過對於學麼發當沒還樣種開總從無現動頭經長兒愛給間兩親進話與見問爾點幾將實聲車機氣並別書體卻電門聽員許寫馬難結樂東記處讓應場報關張認內軍歲覺帶萬邊風喫媽變師數滿戰遠輕條億號樓層辦醫"
    "護診術檢驗斷療藥設備儀檔歸級責題編頁錄單臺賬協議標採購額幣憑證計財務預決資審圖紙監籤質鍋爐調維養準換裝試運訓規請覆紀劃況轉蓋聯繫碼職稱歷專業獎懲評勞離積衛縣區產黨組織傳團綠潔飲練隱廢環測執權課項費論倫"
    "習範參價稅違約爭詞櫃庫溫溼閱鑑銷燬掃盤儲統網絡軟據戶裡係著構帳圍"
)
_FREQUENT = frozenset(_SIMPLIFIED + _TRADITIONAL)
_MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    # The mark of UTF-32 little-endian begins with that of UTF-16, so it is asked for first.
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_CANDIDATES = ("gb18030", "big5hkscs", "utf-16-le", "utf-16-be", "cp1252")
_SAMPLE_BYTES = 32 * 1024
# Tab, line ends, form feed, and the end marks and escapes of old word processors belong to texts.
_CONTROLS = re.compile("[\x00-\x08\x0b\x0e-\x19\x1c-\x1f\x7f-\x9f]")
_MOST_CONTROLS = 0.1
_LEAST_SCORE = -0.75
_FIRST_LEVELS = (("gb2312", range(0xB0, 0xD8)), ("big5", range(0xA4, 0xC7)))


def detect_encoding(data: bytes, candidates: tuple[str, ...] = _CANDIDATES) -> str | None:
    """Python's name of the encoding of `data` (a whole text or its beginning), None when it is no text.

    Order: byte order mark, strict UTF-8, then the best of the candidates: GB18030, Big5, UTF-16 without mark and
    Windows-1252 unless others are given.
    """
    marked = next((name for mark, name in _MARKS if data.startswith(mark)), None)
    if marked:
        return marked
    return _guess(data[:_SAMPLE_BYTES], candidates)


@lru_cache(maxsize=4)  # identification and extraction ask about the same text, one right after the other
def _guess(sample: bytes, candidates: tuple[str, ...]) -> str | None:
    if _is_utf8(sample):
        return "utf-8" if _is_text(sample.decode("utf-8", "ignore")) else None
    scored = [(_score(text), name) for name in candidates if (text := _decode_sample(sample, name)) is not None]
    score, best = max(scored, default=(_LEAST_SCORE, ""))
    return best if score > _LEAST_SCORE else None


def decode(data: bytes, encoding: str) -> str:
    """`data` as text; bytes that the encoding does not know become U+FFFD, and the next line end is in step again."""
    return data.decode(encoding, "replace")


def _is_utf8(sample: bytes) -> bool:
    try:
        # `final=False`: the sample may end inside a character.
        codecs.getincrementaldecoder("utf-8")().decode(sample, final=False)
    except UnicodeDecodeError:
        return False
    return True


def _decode_sample(sample: bytes, name: str) -> str | None:
    if name.startswith("utf-16") and len(sample) % 2:
        return None
    text = codecs.getincrementaldecoder(name)("replace").decode(sample, final=False)
    return text if _is_text(text) else None


def _is_text(text: str) -> bool:
    return len(_CONTROLS.findall(text)) <= _MOST_CONTROLS * len(text)


def _score(text: str) -> float:
    """Mean worth of the characters outside ASCII."""
    counts = [(_worth(char), count) for char, count in Counter(text).items() if char > "\x7f"]
    total = sum(count for _, count in counts)
    return sum(worth * count for worth, count in counts) / total if total else 0.0


@lru_cache(maxsize=8192)
def _worth(char: str) -> float:
    if char in _FREQUENT:
        return 3.0
    if "\u4e00" <= char <= "\u9fff":
        return 1.0 if _is_first_level(char) else -1.0
    if "\u3000" <= char <= "\u303f" or "\uff00" <= char <= "\uffef" or char in "“”‘’—…·℃×①②③④⑤⑥⑦⑧⑨㎡":
        return 1.0
    if "\u00c0" <= char <= "\u00ff":
        # An accented letter may be real (Windows-1252) or half a Chinese character: it may win only when Chinese fails.
        return -0.5
    return -5.0 if unicodedata.category(char) in ("Co", "Cn", "Cc", "Cs") or char == "\ufffd" else -2.0


def _is_first_level(char: str) -> bool:
    for name, rows in _FIRST_LEVELS:
        try:
            if char.encode(name)[0] in rows:
                return True
        except UnicodeEncodeError:
            continue
    return False
