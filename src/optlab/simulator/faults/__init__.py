"""Faults on demand: their kinds, the rules that pick requests, and how each spoils a response."""
