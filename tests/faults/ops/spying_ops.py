"""Says what a child has loaded. Tests only."""

from __future__ import annotations

import sys
from typing import Any


def _modules(params: dict[str, Any], source: Any) -> tuple[dict[str, Any], bytes]:
    return {"names": sorted(sys.modules)}, b""


OPS = {"modules": _modules}
