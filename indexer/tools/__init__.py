"""One module per external tool or format that is read in this process."""
