"""The antivirus test file (EICAR, eicar.org): harmless bytes that every scanner calls a virus.

Known here without any scanner, so that a hospital can see what quarantine looks like before it sets one up.
"""

from __future__ import annotations

from typing import Final

from render.memory_file import MemoryFile

# In two parts: a scanner that looks at this program must not find the test file in it.
_STRING: Final = rb"X5O!P%@AP[4\PZX54(P^)7CC)7}$" + b"EICAR-STANDARD-ANTIVIRUS-TEST-FILE!$H+H*"
_MOST_BYTES: Final = 128


def matches(file: MemoryFile) -> bool:
    """Whether the file is the test file: the string, and nothing but white space after it, at most 128 bytes."""
    if file.size > _MOST_BYTES:
        return False
    data = file.read(_MOST_BYTES)
    return data.startswith(_STRING) and not data[len(_STRING) :].strip(b" \t\r\n\x1a")
