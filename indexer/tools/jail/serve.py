"""Entry of a sandboxed child, started as `python -I -B serve.py SPEC` with an empty environment.

Only makes the package importable without its parents – the project's folder stays closed, `indexer/__init__` unread –
then hands over to `server`. SPEC is JSON; it holds no key, no setting and no name of a document.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from types import ModuleType

INDEXER = Path(__file__).resolve().parents[2]


def main() -> None:
    """Runs until the parent closes the channel."""
    package = ModuleType("indexer")
    package.__path__ = [str(INDEXER)]
    sys.modules["indexer"] = package
    spec = json.loads(sys.argv[1])
    sys.path[:0] = spec["folders"]
    from indexer.tools.jail.server import serve

    serve(spec, INDEXER)


if __name__ == "__main__":
    main()
