"""Published test vectors: the ciphers are the standard ones, so other programs can read what we keep."""

from __future__ import annotations

import pytest
from cryptography.exceptions import InvalidTag

from archive.vault.cipher import ALGORITHMS, find_algorithm, get_algorithm


def test_sm4_gcm_agrees_with_rfc_8998() -> None:
    aead = get_algorithm("sm4-gcm").build(bytes.fromhex("0123456789abcdeffedcba9876543210"))
    nonce = bytes.fromhex("00001234567800000000abcd")
    aad = bytes.fromhex("feedfacedeadbeeffeedfacedeadbeefabaddad2")
    words = ["aaaaaaaa", "bbbbbbbb", "cccccccc", "dddddddd", "eeeeeeee", "ffffffff", "eeeeeeee", "aaaaaaaa"]
    plain = bytes.fromhex("".join(word * 2 for word in words))
    expected = bytes.fromhex(
        "17f399f08c67d5ee19d0dc9969c4bb7d5fd46fd3756489069157b282bb200735"
        "d82710ca5c22f0ccfa7cbf93d496ac15a56834cbcf98c397b4024a2691233b8d"
        "83de3541e4c2b58177e065a9bf7b62ec"
    )
    assert aead.encrypt(nonce, plain, aad) == expected
    assert aead.decrypt(nonce, expected, aad) == plain


def test_aes_256_gcm_agrees_with_the_published_case() -> None:
    aead = get_algorithm("aes-256-gcm").build(bytes(32))  # McGrew and Viega, test case 14
    sealed = bytes.fromhex("cea7403d4d606b6e074ec5d3baf39d18d0d1c8a799996bf0265b98b5d48ab919")
    assert aead.encrypt(bytes(12), bytes(16), b"") == sealed


@pytest.mark.parametrize("algorithm", ALGORITHMS, ids=lambda algorithm: algorithm.name)
def test_a_changed_tag_or_context_gives_nothing(algorithm) -> None:
    aead = algorithm.build(bytes(range(algorithm.key_size)))
    sealed = aead.encrypt(bytes(12), b"content", b"context")
    for wrong, context in ((sealed[:-1] + bytes([sealed[-1] ^ 1]), b"context"), (sealed, b"other"), (b"", b"context")):
        with pytest.raises((InvalidTag, ValueError)):
            aead.decrypt(bytes(12), wrong, context)


def test_algorithms_have_lasting_names_and_numbers() -> None:
    assert [(algorithm.name, algorithm.number) for algorithm in ALGORITHMS] == [("aes-256-gcm", 1), ("sm4-gcm", 2)]
    assert find_algorithm(9) is None
    with pytest.raises(KeyError):
        get_algorithm("aes-128-ecb")
