"""Counts of failed sign-ins, by account and by address, in Valkey.

An attempt is counted before its password is checked, so many at once gain nothing; success takes the account's count
back. Unknown accounts count like known ones. Keys hold keyed hashes, no names or addresses. Without Valkey there is no
count and therefore no sign-in. Residual risk: somebody who keeps failing on purpose locks a colleague out for the wait.
"""

from __future__ import annotations

from redis import Redis

from archive.vault.keys import KeyRing
from portal.errors import TooManyAttemptsError

ADDRESS_FACTOR = 20
"""A whole department may share one address."""


class Throttle:
    """Refuses after `limit` failures within `seconds` of the first one."""

    def __init__(self, valkey: Redis, keys: KeyRing, *, limit: int, seconds: int) -> None:
        self._valkey = valkey
        self._keys = keys
        self._limit = limit
        self._seconds = seconds

    def take(self, name: str, address: str) -> None:
        """Counts an attempt. Raises TooManyAttemptsError with the time left, RedisError."""
        limits = {self._account(name): self._limit, self._key("address", address): self._limit * ADDRESS_FACTOR}
        with self._valkey.pipeline(transaction=True) as batch:
            for key in limits:
                batch.incr(key)
                batch.expire(key, self._seconds, nx=True)
                batch.ttl(key)
            answers = batch.execute()
        waits = [answers[3 * place + 2] for place, limit in enumerate(limits.values()) if answers[3 * place] > limit]
        if waits:
            raise TooManyAttemptsError(max(1, *waits))

    def forgive(self, name: str) -> None:
        """Takes an account's count back after a right password."""
        self._valkey.delete(self._account(name))

    def _account(self, name: str) -> str:
        return self._key("account", name.strip().casefold())

    def _key(self, kind: str, value: str) -> str:
        return f"guidang:attempts:{kind}:{self._keys.keyed_hash('attempts', value.encode()).hex()}"
