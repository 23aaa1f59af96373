"""Repeatable measurements: `make bench`. Every figure that can be is a ratio beside the bare engine in the same run."""
