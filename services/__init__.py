"""The embedded servers: Elasticsearch, Tika and Valkey on the ports after the portal's own.

Fetches them by pinned digest, configures them, starts, probes and stops them, and keeps the processes of the Procfile
running. Nothing else in the project starts a server; nothing here knows what the servers are used for. An address
given by ``ELASTICSEARCH_URL``, ``TIKA_URL`` or ``REDIS_URL`` means that the server is somebody else's: it is probed,
never started or stopped.
"""
