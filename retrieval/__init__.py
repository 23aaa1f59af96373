"""Search within rights: for pages, interface, exports and alerts. Reads Elasticsearch, never writes to it."""
