"""Text that a program stored in another encoding than the one it named.

Old Chinese programs write GB 2312, newer ones UTF-8, into fields whose format says Latin. A western word with accents
is neither: an accented letter there stands beside plain ones, while both Chinese encodings go in runs of high bytes.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

_UTF8 = re.compile(rb"(?:[\x00-\x7f]+|[\xc2-\xdf][\x80-\xbf]|[\xe0-\xef][\x80-\xbf]{2}|[\xf0-\xf4][\x80-\xbf]{3})*+")
_GB_2312 = re.compile(rb"(?:[\x00-\x7f]+|[\xa1-\xf7][\xa1-\xfe])*+")


def mend(texts: Sequence[str], encoding: str) -> list[str]:
    """`texts`, which were decoded as `encoding`, as UTF-8 or GB 2312 where all of them can only be that."""
    try:
        data = [text.encode(encoding, "surrogateescape") for text in texts]
    except UnicodeEncodeError:
        return list(texts)
    for name, form in (("utf-8", _UTF8), ("gb18030", _GB_2312)):
        if all(form.fullmatch(text) for text in data):
            return [text.decode(name, "replace") for text in data]
    return list(texts)
