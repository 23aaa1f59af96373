"""Deliveries of scanning firms (数字化成果): from receipt by self-check and sample inspection to accepted or returned.

`rules` holds states, defects and arithmetic and asks nobody, `selfcheck` counts what a machine can see, `inspection`
changes the record.
"""
