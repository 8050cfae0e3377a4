"""How a request leaves the process: the real client, the embedded simulator behind it, or a script for tests."""
