"""System of record: models, access, vault, audit. It knows neither HTTP nor the search engine's client."""
