"""Message batches: what they must keep, where they are stored, how they run, and their six calls."""
