"""The demo archive: invented records as data, and the script that turns them into the papers of a hospital."""
