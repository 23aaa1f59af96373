"""`python -m bench [PART …]`: runs the parts (all without names), each on a private installation; keeps the figures."""

from __future__ import annotations

import sys

import psutil

from bench import cabinet, images, ingest, memory, ocr, search, web
from bench.figures import Report
from bench.installation import open_installation

PARTS = {
    "ingest": (ingest.run, ("search", "parser", "queue")),
    "cabinet": (cabinet.run, ("search", "parser", "queue")),
    "ocr": (ocr.run, ("search", "queue")),
    "images": (images.run, ("search", "parser", "queue")),
    "memory": (memory.run, ("search", "parser", "queue")),
    "web": (web.run, ("search", "parser", "queue")),
    "search": (search.run, ("search", "queue")),
}
"""What runs a part, and the servers that it needs."""


def main(names: list[str]) -> int:
    """Returns the exit code: 2 for an unknown part."""
    unknown = [name for name in names if name not in PARTS]
    if unknown:
        print(f"unknown part {', '.join(unknown)}; there are: {', '.join(PARTS)}", file=sys.stderr)
        return 2
    report = Report()
    for name in names or list(PARTS):
        report.add(name, "load average of the machine before", psutil.getloadavg()[0], "")
        run, servers = PARTS[name]
        with open_installation(*servers) as place:
            run(report, place)
    print(f"kept in {report.save()}")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
