"""The embedded Elasticsearch: a real single node with its security on, reachable from this machine only.

What the artifact needs, found by trying:

- It has no bundled Java: `ES_JAVA_HOME` must name one. `bin/elasticsearch` loses its executable bit when unpacked by
  Python and is a bash script, so bash runs it.
- The script starts a small launcher JVM (64 MB heap) that starts the server JVM as its child; SIGTERM to the launcher
  stops the server in order, and the server also stops, in order, when its launcher is killed.
- It refuses to run as root, writes its keystore into the configuration folder (which must therefore belong to the
  account) and its gc log into the working folder (turned off below).
- Only the modules netty4, x-pack-core and x-pack-security are inside: settings of any other module (ml, ilm, geoip,
  watcher, monitoring …) are unknown settings and stop the start.
- Bound to loopback it is in development mode: no bootstrap check asks for TLS or kernel settings.
- The file realm takes PBKDF2 hashes, so no Java program is needed to make its users file.
"""

from __future__ import annotations

import base64
import hashlib
import secrets
from dataclasses import dataclass
from pathlib import Path

from config import Config
from services.accounts import Account, find_account, make_private, write_private
from services.commands import PLAIN_ENVIRONMENT, Command
from services.fetch import fetch_artifact, read_artifact, unpack_zip
from services.java import require_java
from services.places import program_folder, state_folder
from services.ports import LOOPBACK, OFFSETS

ROLE = "guidang"
PBKDF2_ROUNDS = 10_000  # the password is 192 random bits: rounds add nothing to it, and every request pays for them

PARTS = ("config", "data", "log", "tmp")

NODE = """\
cluster.name: guidang
node.name: guidang
discovery.type: single-node
network.host: {host}
http.port: {http_port}
transport.port: {transport_port}
path.data: {data}
path.logs: {log}
xpack.security.enabled: true
xpack.security.autoconfiguration.enabled: false
xpack.security.http.ssl.enabled: false
xpack.security.transport.ssl.enabled: false
xpack.security.authc.reserved_realm.enabled: false
xpack.security.authc.realms.file.accounts.order: 0
# Absolute values: percentages would stop a half-full small disk and let a big one run nearly dry.
cluster.routing.allocation.disk.watermark.low: 2gb
cluster.routing.allocation.disk.watermark.high: 1gb
cluster.routing.allocation.disk.watermark.flood_stage: 512mb
"""

ROLES = """\
{role}:
  cluster: [monitor]
  indices:
    - names: ["{prefix}-*"]
      privileges: [manage, read, write]
"""

LOGGING = """\
status = error
appender.console.type = Console
appender.console.name = console
appender.console.layout.type = PatternLayout
appender.console.layout.pattern = %d{ISO8601} %-5p %c{1.}: %m%n
rootLogger.level = warn
rootLogger.appenderRef.console.ref = console
logger.node.name = org.elasticsearch.node.Node
logger.node.level = info
"""


@dataclass(frozen=True)
class Places:
    """Elasticsearch's folders, in the order of PARTS."""

    config: Path
    data: Path
    log: Path
    tmp: Path


def build_command(config: Config) -> Command:
    """Fetches, unpacks and configures Elasticsearch and says how to start it. Raises ServiceError."""
    java = require_java(config)
    artifact, account = read_artifact("elasticsearch"), find_account()
    home = unpack_zip(lambda: fetch_artifact(artifact), program_folder(account) / artifact.stem)
    places = Places(*(make_private(state_folder(config) / f"elasticsearch-{name}", account) for name in PARTS))
    _configure(config, home, places, account)
    return Command(
        name="search",
        arguments=("bash", str(home / "bin" / "elasticsearch")),
        folder=places.log,
        environment=PLAIN_ENVIRONMENT
        | {
            "ES_JAVA_HOME": str(java.home),
            "ES_PATH_CONF": str(places.config),
            "ES_TMPDIR": str(places.tmp),
            "HOME": str(places.tmp),
        },
        account=account,
    )


def _configure(config: Config, home: Path, places: Places, account: Account | None) -> None:
    node = NODE.format(
        host=LOOPBACK,
        http_port=config.port + OFFSETS["search"],
        transport_port=config.port + OFFSETS["transport"],
        data=places.data,
        log=places.log,
    )
    user = config.elasticsearch_user
    files = {
        "elasticsearch.yml": node,
        "roles.yml": ROLES.format(role=ROLE, prefix=config.index_prefix),
        "users": f"{user}:{hash_password(config.elasticsearch_password)}\n",
        "users_roles": f"{ROLE}:{user}\n",
        "log4j2.properties": LOGGING,
        "jvm.options": _runtime_options(config, home),
    }
    for name, text in files.items():
        write_private(places.config / name, text, account)


def _runtime_options(config: Config, home: Path) -> str:
    shipped = (home / "config" / "jvm.options").read_text(encoding="utf-8").splitlines()
    kept = [line for line in shipped if line and not line.startswith("#") and "-Xlog:gc" not in line]
    heap = f"{config.elasticsearch_heap_mb}m"
    # Its built-in roles would go into an index that needs an absent module; only roles.yml counts here.
    return "\n".join([*kept, f"-Xms{heap}", f"-Xmx{heap}", "-Des.queryable_built_in_roles_enabled=false", ""])


def hash_password(password: str) -> str:
    """The password in the file realm's PBKDF2 form (HMAC-SHA-512, 32-byte salt and key)."""
    salt = secrets.token_bytes(32)
    key = hashlib.pbkdf2_hmac("sha512", password.encode(), salt, PBKDF2_ROUNDS, 32)
    return f"{{PBKDF2}}{PBKDF2_ROUNDS}${base64.b64encode(salt).decode()}${base64.b64encode(key).decode()}"
