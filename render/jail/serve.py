"""Entry of a sandboxed child, started as `python -I -B serve.py SPEC` with an empty environment.

Only makes the package importable by itself – the project's folder stays closed – then hands over to `server`.
SPEC is JSON; it holds no key, no setting and no name of a document.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from types import ModuleType

RENDER = Path(__file__).resolve().parents[1]


def main() -> None:
    """Runs until the parent closes the channel."""
    package = ModuleType("render")
    package.__path__ = [str(RENDER)]
    sys.modules["render"] = package
    spec = json.loads(sys.argv[1])
    sys.path[:0] = spec["folders"]
    from render.jail.server import serve

    serve(spec, RENDER)


if __name__ == "__main__":
    main()
