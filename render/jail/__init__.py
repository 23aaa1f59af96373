"""What runs inside a sandboxed child. Nothing here may import settings, keys or the archive."""
