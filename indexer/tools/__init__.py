"""One module per external tool: the sandbox that foreign bytes are parsed in, and what runs inside it."""
