"""The portal over the demo records."""

from __future__ import annotations

from tests.clamd import clamd
from tests.portal_world import _shared_portal, portal

__all__ = ["_shared_portal", "clamd", "portal"]
