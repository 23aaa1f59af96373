"""Names of the index fields, once. No other module writes a field name as a string.

Text comes in three groups, told apart by who may match it and whose statistics count:

* `TITLE`, `CREATOR`, `KEYWORDS`, `CATALOGUE`, `ABSTRACT`, `CONTENT`: masked text of ordinary records;
* `CATALOGUE_CLOSED`, `CONTENT_CLOSED`: masked text of records of sensitivity 4 and 5, apart so that words of a medical
  record never change the order in which a reader of contracts sees contracts;
* `CATALOGUE_RESTRICTED`, `CONTENT_RESTRICTED`: originals of masked text, matched under the right to unmask only.
"""

from __future__ import annotations

from typing import Final

# Identity
ID: Final = "id"
REVISION: Final = "revision"
TOMBSTONE: Final = "tombstone"
VOLUME_ID: Final = "volume_id"
ARCHIVAL_CODE: Final = "archival_code"

# Numbers in canonical form (mappings.numbers): of the catalogue entry, and mentioned in the text
NUMBERS: Final = "numbers"
CONTENT_NUMBERS: Final = "content_numbers"

# Text
TITLE: Final = "title"
CREATOR: Final = "creator"
KEYWORDS: Final = "keywords"
CATALOGUE: Final = "catalogue"
ABSTRACT: Final = "abstract"
CONTENT: Final = "content"
CATALOGUE_CLOSED: Final = "catalogue_closed"
CONTENT_CLOSED: Final = "content_closed"
CATALOGUE_RESTRICTED: Final = "catalogue_restricted"
CONTENT_RESTRICTED: Final = "content_restricted"
HASHES_RESTRICTED: Final = "hashes_restricted"
CODES_RESTRICTED: Final = "codes_restricted"

# Attributes that rights ask about
CLASS_CODE: Final = "class_code"
CLASS_PATH: Final = "class_path"
DEPARTMENT: Final = "department"
READING_SCOPE: Final = "reading_scope"
READING_DEPARTMENTS: Final = "reading_departments"
ADDRESSED_DEPARTMENTS: Final = "addressed_departments"
SECURITY_DRAWING: Final = "security_drawing"
ON_HOLD: Final = "on_hold"
STATE: Final = "state"
SENSITIVITY: Final = "sensitivity"
OWNER: Final = "owner"

# Attributes to filter, count and sort by
YEAR: Final = "year"
DATE: Final = "date"
DATE_TEXT: Final = "date_text"
AMOUNTS: Final = "amounts"
RETENTION: Final = "retention"
BUILDING: Final = "building"
EQUIPMENT: Final = "equipment"
CARRIER: Final = "carrier"
ORIGIN: Final = "origin"
FILE_KINDS: Final = "file_kinds"
EXTRACTION: Final = "extraction"
TITLE_SORT: Final = "title_sort"
DATE_FROM: Final = "date_from"
TITLE_SHOWN: Final = "title_shown"

# Pages
PAGE_ITEM: Final = "item"
PAGE_FILE: Final = "file"
PAGE_NUMBER: Final = "page"
PAGE_TEXT: Final = "text"
PAGE_FOLD: Final = "fold"
PAGE_RESTRICTED: Final = "fold_restricted"
PAGE_NUMBERS: Final = "numbers"
PAGE_CONFIDENCE: Final = "confidence"
