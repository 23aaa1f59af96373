"""Operations on foreign bytes, run only inside sandboxed children."""
