"""The web application: default-deny edge, sign-in, search page and REST interface over `archive` and `retrieval`.

Conventions of this package:

- Every sub-package has ``init_app(app)``, which registers its blueprint; REST calls are functions on
  `portal.api.blueprint.api`, declared by `operation`. `create_app` is the only place that puts the parts together.
- Every view is marked `portal.edge.needs(Action…)` or stands in `portal.edge.PUBLIC`; otherwise the application does
  not start. Actions on items are decided by the view through `archive.access.gate`; all others by the edge.
- Views are five lines: parse, authorise, one service call, render. They take what they need from `portal.context`.
- Templates extend ``base.html``; sentences are English msgids (``_('…')``) with a complete Chinese catalogue.
"""

from __future__ import annotations

from typing import Final

from flask import Flask
from flask_bootstrap import Bootstrap5
from werkzeug.middleware.proxy_fix import ProxyFix

from archive.record import Archive
from config import ROOT, Config
from portal import (
    api,
    assets,
    auth,
    batches,
    context,
    deliveries,
    edge,
    errors,
    files,
    i18n,
    icons,
    imports,
    items,
    links,
    logs,
    navigation,
    operations,
    review,
    search,
    upload,
    words,
)
from portal.request import PortalRequest, init_paths

PARTS: Final = (
    *(logs, assets, icons, i18n, words, links, errors, navigation, edge, auth, search, items, files, upload, batches),
    deliveries,
    imports,
    operations,
    review,
    api,  # last: it registers what the modules before it declared
)


def create_app(config: Config, *, archive: Archive | None = None) -> Flask:
    """The application for these settings. An archive that is already open may be handed in.

    Raises KeyRingError when the archive was never set up, RuntimeError when a view declares no action.
    """
    app = Flask(__name__, static_folder=ROOT / "static")
    app.request_class = PortalRequest
    app.config.from_mapping(_flask_settings(config))
    app.json.ensure_ascii = False  # type: ignore[attr-defined] # of the default provider
    app.wsgi_app = ProxyFix(  # type: ignore[method-assign]
        app.wsgi_app, x_for=config.proxy_hops, x_proto=config.proxy_hops, x_host=0, x_prefix=0
    )
    context.init_app(app, archive or Archive.open(config))
    Bootstrap5(app)
    init_paths(app)
    for part in PARTS:
        part.init_app(app)
    edge.check_views(app)
    return app


def _flask_settings(config: Config) -> dict[str, object]:
    return {
        "SECRET_KEY": config.secret_key,
        # Browsers take a __Host- cookie only from HTTPS and for exactly this host (RFC 6265bis, 4.1.3.2).
        "SESSION_COOKIE_NAME": "__Host-guidang" if config.secure_cookies else "guidang",
        "SESSION_COOKIE_HTTPONLY": True,
        "SESSION_COOKIE_SAMESITE": "Lax",
        "SESSION_COOKIE_SECURE": bool(config.secure_cookies),
        "BOOTSTRAP_SERVE_LOCAL": True,
        # Tokens live as long as the session they belong to. The Referer check would fail under our own
        # Referrer-Policy; the token and SameSite cookies carry the protection.
        "WTF_CSRF_TIME_LIMIT": None,
        "WTF_CSRF_SSL_STRICT": False,
    }
