"""Operations on foreign bytes, run only inside sandboxed children. Nothing here imports settings or the archive."""
