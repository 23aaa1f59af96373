"""From bytes to pages of text with boxes. Decides nothing about rights, stores nothing."""
