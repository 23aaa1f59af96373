"""The OpenAPI document says what the calls are: every route, every parameter, nothing else."""

from __future__ import annotations

import inspect
import re

from flask import Flask

from portal.api.blueprint import PREFIX
from portal.api.openapi import build_document, describe_path
from portal.edge import PUBLIC
from retrieval.params import PARAMETERS

PROMISED = {
    ("get", "/search"),
    ("get", "/suggest"),
    ("post", "/items"),
    ("get", "/items/{item_id}"),
    ("patch", "/items/{item_id}"),
    ("get", "/items/{item_id}/files"),
    ("get", "/files/{file_id}"),
    ("get", "/files/{file_id}/text"),
    ("get", "/files/{file_id}/pages/{number}"),
    ("get", "/files/{file_id}/pages/{number}/boxes"),
    ("get", "/jobs/{job_id}"),
    ("get", "/health/live"),
    ("get", "/health/ready"),
    ("get", "/metrics"),
    ("get", "/openapi.json"),
}


def test_the_document_lists_exactly_the_routes(offline: Flask) -> None:
    document = build_document(offline)
    described = {(method, path) for path, operations in document["paths"].items() for method in operations}
    routed = {
        (method.lower(), describe_path(rule)[0])
        for rule in offline.url_map.iter_rules()
        if rule.rule.startswith(PREFIX)
        for method in (rule.methods or set()) - {"HEAD", "OPTIONS"}
    }
    assert described == routed == PROMISED


def test_the_document_lists_the_parameters_that_the_code_reads(offline: Flask) -> None:
    document = build_document(offline)
    for rule in offline.url_map.iter_rules():
        if not rule.rule.startswith(PREFIX):
            continue
        path, _ = describe_path(rule)
        source = inspect.getsource(offline.view_functions[rule.endpoint])
        read = set(re.findall(r'request\.args(?:\.get\(|\[)"(\w+)"', source))
        for operation in document["paths"][path].values():
            described = {one["name"] for one in operation["parameters"] if one["in"] == "query"}
            known = {parameter.name for parameter in PARAMETERS} if "parse_request" in source else read
            assert described == known, rule.endpoint
            placed = {one["name"] for one in operation["parameters"] if one["in"] == "path"}
            assert placed == rule.arguments, rule.endpoint


def test_only_public_calls_go_without_a_token(offline: Flask) -> None:
    for operations in build_document(offline)["paths"].values():
        for operation in operations.values():
            assert (operation["security"] == []) == (f"api.{operation['operationId']}" in PUBLIC)


def test_every_call_says_what_it_answers(offline: Flask) -> None:
    for operations in build_document(offline)["paths"].values():
        for operation in operations.values():
            assert operation["summary"]
            assert {"default"} < set(operation["responses"])
