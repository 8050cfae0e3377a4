"""How one experiment is run honestly: scenario in, events out, a report at the end."""
