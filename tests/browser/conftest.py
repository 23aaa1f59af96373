"""A small archive taken in by the real pipeline, the portal over it, and a browser: once for this folder."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from archive.record import Archive
from config import Config
from services.cluster import EmbeddedServices
from tests.browser import world
from tests.browser.pages import CHROMIUM, Site, open_browser
from tests.needs import missing


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Everything here drives a browser."""
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker("browser")


@pytest.fixture(scope="session")
def small_archive(
    services: EmbeddedServices, config: Config, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Archive]:
    """Departments, accounts and some papers of the demo, read and indexed."""
    services.start("search", "parser", "queue")
    archive = world.build(world.private_config(config, tmp_path_factory.mktemp("browser")))
    yield archive
    archive.close()


@pytest.fixture(scope="session")
def site(small_archive: Archive) -> Iterator[Site]:
    """The portal at work, and Chromium."""
    if not Path(CHROMIUM).exists():
        missing("Chromium")
    with world.serve(small_archive) as base, open_browser() as browser:
        yield Site(base, browser)
