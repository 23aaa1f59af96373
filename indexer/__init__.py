"""Jobs: takes documents in, reads them, and keeps the index in step. Serves no HTTP and decides no rights.

Importing this package must stay free of side effects: sandboxed children import its modules without keys or settings.
"""
