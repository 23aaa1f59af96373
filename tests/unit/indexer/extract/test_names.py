"""Names of members: the encoding found for all together, and nothing unsafe left in what is shown."""

from __future__ import annotations

import pytest

from indexer.extract.names import clean_path, decode_names

CHINESE = ("档案/北京市办法.txt", "项目/工程变更申请.docx", "归档材料清单.xlsx")


@pytest.mark.parametrize("encoding", ["utf-8", "gb18030", "big5"])
def test_names_share_an_encoding(encoding: str) -> None:
    names = ("檔案移交清單.txt", "工程變更申請.docx") if encoding == "big5" else CHINESE
    assert decode_names([name.encode(encoding) for name in names]) == list(names)


def test_names_in_utf8_stay_beside_names_in_gbk() -> None:
    names = [CHINESE[0].encode(), *(name.encode("gb18030") for name in CHINESE[1:]), b"plain.txt"]
    assert decode_names(names) == [*CHINESE, "plain.txt"]


def test_gbk_that_happens_to_be_utf8_is_read_as_its_neighbours() -> None:
    """Two Chinese characters whose four bytes are also two Greek or Cyrillic letters of UTF-8."""
    accidental = "楼漏.txt".encode("gb18030")
    accidental.decode("utf-8")
    assert decode_names([accidental, CHINESE[1].encode("gb18030")]) == ["楼漏.txt", CHINESE[1]]


def test_old_western_names_are_of_code_page_437() -> None:
    assert decode_names(["résumé.txt".encode("cp437")]) == ["résumé.txt"]


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("../../etc/passwd", "etc/passwd"),
        ("/etc/passwd", "etc/passwd"),
        ("..\\..\\Windows\\win.ini", "Windows/win.ini"),
        ("C:\\Users\\a.txt", "Users/a.txt"),
        ("a/../../b.txt", "a/b.txt"),
        ("line\nfeed\x1b[31m.txt", "linefeed[31m.txt"),
        ("invoice\u202etxt.exe", "invoicetxt.exe"),
        ("half\udce4.txt", "half.txt"),
        ("..", "unnamed"),
        ("", "unnamed"),
    ],
)
def test_unsafe_names_are_cleaned_and_said_to_be(name: str, shown: str) -> None:
    assert clean_path(name) == (shown, name != "")


@pytest.mark.parametrize("name", ["a.txt", "档案/二〇二四年/办法.txt", "./a.txt", "folder\\a.txt", "全角\u3000空.txt"])
def test_plain_names_are_not_called_unsafe(name: str) -> None:
    path, is_unsafe = clean_path(name)
    assert not is_unsafe
    assert path == name.replace("\\", "/").removeprefix("./").replace("\u3000", " ")


def test_a_long_path_keeps_its_end() -> None:
    path, _ = clean_path("很长的文件夹名/" * 100 + "办法.txt")
    assert len(path) == 300
    assert path.startswith("…")
    assert path.endswith("/办法.txt")
