"""Log lines hold ids, never content."""

from __future__ import annotations

import json
import logging

import pytest
from flask import Flask

from portal.logs import IdsOnlyFormatter

SECRET = "张三的病历"


def written(record: logging.LogRecord) -> dict[str, object]:
    line = IdsOnlyFormatter().format(record)
    assert "\n" not in line
    found: dict[str, object] = json.loads(line)
    return found


def make_record(message: str, *args: object, **options: object) -> logging.LogRecord:
    return logging.LogRecord("portal", logging.ERROR, __file__, 1, message, args, options.get("exc_info"))  # type: ignore[arg-type]


def test_an_exception_is_its_class_and_place_not_its_message() -> None:
    try:
        try:
            raise KeyError(SECRET)
        except KeyError as err:
            raise ValueError(SECRET) from err
    except ValueError as err:
        line = written(make_record("failed", exc_info=(ValueError, err, err.__traceback__)))
    assert SECRET not in json.dumps(line, ensure_ascii=False)
    outer, inner = line["error"]  # type: ignore[misc]
    assert (outer["class"], inner["class"]) == ("builtins.ValueError", "builtins.KeyError")
    assert "test_an_exception_is_its_class" in outer["frames"][0]


def test_query_strings_of_libraries_are_cut() -> None:
    line = written(make_record("GET %s [status:200]", f"http://host/items/_search?q={SECRET}&x=1"))
    assert line["message"] == "GET http://host/items/_search?… [status:200]"


def test_a_request_is_one_line_without_its_path(offline: Flask, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.INFO, logger="portal.access"):
        offline.test_client().get(f"/search?q={SECRET}")
    (record,) = [record for record in caplog.records if record.name == "portal.access"]
    line = written(record)
    assert SECRET not in json.dumps(line, ensure_ascii=False)
    assert (line["endpoint"], line["status"], line["actor"]) == ("search.results", 302, "anonymous")
