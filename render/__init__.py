"""Keyless child processes that open foreign bytes: page images, text of PDF pages, recognition.

Holds no key and imports no other room, so that portal and indexer can both use it and nothing of theirs gets inside.
"""
