"""Real servers and the portal over the demo records."""

from __future__ import annotations

from tests.portal_world import _shared_portal, portal
from tests.service.conftest import es, valkey

__all__ = ["_shared_portal", "es", "portal", "valkey"]
