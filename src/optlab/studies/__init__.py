"""Questions people ask, each a planned series of experiments."""
