"""The opened record of truth: what every process holds once and passes on explicitly."""

from __future__ import annotations

from dataclasses import dataclass

from archive.bell import Bell
from archive.db import Database
from archive.scheme import Scheme, load_scheme
from archive.vault.columns import ColumnSealer
from archive.vault.keys import KeyRing
from archive.vault.store import Vault
from config import Config


@dataclass(frozen=True)
class Archive:
    """Settings, database, keys, vault and scheme of one installation; `sealer` encrypts single database
    values, `bell` calls the workers."""

    config: Config
    database: Database
    keys: KeyRing
    vault: Vault
    sealer: ColumnSealer
    scheme: Scheme
    bell: Bell

    @classmethod
    def open(cls, config: Config) -> Archive:
        """Opens an archive that was set up before. Raises KeyFileError for an unusable key file."""
        keys = KeyRing.load(config.key_file)
        bell = Bell(config.redis_url, listeners=config.worker_processes)
        return cls(
            config=config,
            database=Database(config.database_url, bell.ring),
            keys=keys,
            sealer=ColumnSealer(keys, config.cipher),
            vault=Vault(config.vault, keys, config.cipher),
            scheme=load_scheme(),
            bell=bell,
        )

    def close(self) -> None:
        """Gives back the database connections."""
        self.database.close()
