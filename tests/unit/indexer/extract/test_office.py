"""XHTML of the parser → pages of plain text."""

from __future__ import annotations

import pytest

from indexer.extract.office import split_pages


def body(inner: str) -> str:
    return f'<html xmlns="http://www.w3.org/1999/xhtml"><head><title>x</title></head><body>{inner}</body></html>'


@pytest.mark.parametrize(
    ("xhtml", "pages"),
    [
        (body("<p>一</p>\n<p>二</p>"), ["一\n二"]),
        (body("<h1>标题</h1><p>一行<br />二行</p>"), ["标题\n一行\n二行"]),
        (body("<ul>\t<li>甲</li>\n\t<li>乙</li></ul>"), ["甲\n乙"]),
        (
            body("<table><tbody><tr>\t<td>编号</td>\t<td>金额</td></tr>\n<tr>\t<td /><td>5</td></tr></tbody></table>"),
            ["编号\t金额\n\t5"],
        ),
        (body("<table><tr><td><p>一</p>\n<p>二</p></td><td>三</td></tr></table>"), ["一 二\t三"]),
        (body('<div class="sheet"><h1>甲表</h1></div>\n<div class="sheet"><h1>乙表</h1></div>'), ["甲表", "乙表"]),
        (
            body('<div class="page"><p>1</p></div><div class="page"></div><div class="page"><p>3</p></div>'),
            ["1", "", "3"],
        ),
        (
            body(
                '<div class="slide-content"><p>页一</p></div><div class="slide-master-content"><p>院徽</p></div>'
                '<div class="slide-notes"><p>备注</p></div><div class="slide-content"><p>页二</p></div>'
            ),
            ["页一\n备注", "页二"],
        ),
        (body('<p>甲</p><div class="embedded" id="image1.png" /><p>乙</p>'), ["甲\n乙"]),
        (body('<div class="package-entry"><h1>文件名.wmf</h1></div><p>正文</p>'), ["正文"]),
        (body("<p>&lt;b&gt; &amp; &#38; &unknown;</p>"), ["<b> & & &unknown;"]),
        (body("<p>甲</p><script>alert(1)</script><style>p{}</style>"), ["甲"]),
        (body(""), [""]),
        ("", [""]),
        ("没有标记", ["没有标记"]),
        (body("<p>未闭合<div><p>乙"), ["未闭合\n乙"]),
        (body("<p>甲</div></td></p><p>乙</p>"), ["甲\n乙"]),
    ],
)
def test_pages(xhtml: str, pages: list[str]) -> None:
    assert split_pages(xhtml) == pages


def test_entities_of_the_document_are_not_expanded() -> None:
    bomb = '<!DOCTYPE html [<!ENTITY a "ha"><!ENTITY b "&a;&a;"><!ENTITY x SYSTEM "file:///etc/passwd">]>' + body(
        "&b;&x;"
    )
    text = "".join(split_pages(bomb))
    assert "haha" not in text
    assert "root" not in text
