"""The History place: pages of the kept list as a value, its rows, how they are painted, one entry in full."""
