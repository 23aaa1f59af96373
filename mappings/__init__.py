"""The index contract: folding, number forms, field names, mappings and aliases. Imports nothing else of the project."""
