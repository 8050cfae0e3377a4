"""A reply: blocks and deltas with the token at which each exists, composed from what the stand-in model writes."""
