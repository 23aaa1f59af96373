"""What a person does in the portal all day, as requests: looking for something, reading, handing papers in."""

from __future__ import annotations

import random
import re
from collections.abc import Sequence
from pathlib import Path

import httpx
import yaml

from archive.models import File
from bench.installation import NotDoneError
from indexer import demo

TOKEN_FIELD = re.compile(r'name="csrf_token" value="([^"]+)"')


def sign_in(address: str, name: str) -> httpx.Client:
    """A browser in which a demo account is signed in. Raises NotDoneError."""
    http = httpx.Client(base_url=address, timeout=60, trust_env=False, follow_redirects=True)
    rule = yaml.safe_load((demo.SAMPLES / "accounts.yaml").read_text(encoding="utf-8"))["password_rule"]
    form = {"csrf_token": read_token(http.get("/sign-in")), "name": name, "password": rule.format(name=name)}
    if http.post("/sign-in", data=form).status_code != httpx.codes.OK:
        raise NotDoneError(f"{name} cannot sign in")
    return http


def read_token(page: httpx.Response) -> str:
    """The token of the forms on a page. Raises NotDoneError."""
    found = TOKEN_FIELD.search(page.text)
    if found is None:
        raise NotDoneError(f"no form on {page.url.path}")
    return found[1]


def spend_a_while(http: httpx.Client, files: Sequence[File], words: Sequence[str], paper: Path, seed: int) -> int:
    """Searches, opens what was found, reads pages, hands a paper in. Returns the number of requests.

    Raises NotDoneError for an answer that no person should get.
    """
    rng = random.Random(seed)
    word, file = rng.choice(words), rng.choice(files)
    page = f"/files/{file.id}/pages/{rng.randint(1, file.page_count or 1)}"
    addresses = [
        "/",
        f"/search?q={word}",
        f"/search?q={word} {rng.choice(words)}",
        f"/search/suggest?q={word[:2]}",
        "/search?q=&sort=date",
        f"/items/{file.item_id}",
        f"{page}?q={word}",
        f"{page}/image",
        f"{page}/image?size=150",
        f"/files/{file.id}/pages/1/image?size=thumb",
        "/uploads",
    ]
    answers = [http.get(address) for address in addresses]
    form = http.get("/upload")
    data = {"csrf_token": read_token(form), "title": f"{word} {seed}", "class": "WS·HQ", "department": "HQB"}
    answers += [form, http.post("/upload", data=data, files={"files": (paper.name, paper.read_bytes())})]
    wrong = {f"{answer.url.path} {answer.status_code}" for answer in answers if answer.status_code >= 500}
    if wrong:
        raise NotDoneError(", ".join(sorted(wrong)))
    return len(answers)
