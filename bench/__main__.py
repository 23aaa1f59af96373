"""`python -m bench [PART …]`: runs the parts (all without names) on a private installation and keeps the figures."""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

from elasticsearch import Elasticsearch

from archive import setup
from archive.record import Archive
from bench import search
from bench.figures import Report
from config import Config
from services.cluster import EmbeddedServices
from services.ports import find_free_base
from services.settings import write_settings

Part = Callable[[Report, Archive, Elasticsearch], None]
PARTS: dict[str, Part] = {"search": search.run}


def main(names: list[str]) -> int:
    """Returns the exit code: 2 for an unknown part."""
    unknown = [name for name in names if name not in PARTS]
    if unknown:
        print(f"unknown part {', '.join(unknown)}; there are: {', '.join(PARTS)}", file=sys.stderr)
        return 2
    report = Report()
    with tempfile.TemporaryDirectory(prefix="guidang-bench-") as folder:
        Path(folder).chmod(0o755)  # the servers run as an unprivileged user
        places = {"GUIDANG_DATA": f"{folder}/data", "GUIDANG_KEYS": f"{folder}/keys"}
        config = write_settings(Config.load(places | {"GUIDANG_PORT": str(find_free_base(21000, 22000))}))
        setup.migrate(config)
        with EmbeddedServices(config) as servers:
            servers.start("search", "queue")
            credentials = (config.elasticsearch_user, config.elasticsearch_password)
            with Elasticsearch(config.elasticsearch_url, basic_auth=credentials, request_timeout=120) as client:
                archive = Archive.open(config)
                try:
                    for name in names or list(PARTS):
                        PARTS[name](report, archive, client)
                finally:
                    archive.close()
    print(f"kept in {report.save()}")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
