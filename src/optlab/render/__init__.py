"""Facts into pictures: events into a snapshot, a report into tables and JSON. No statistic is computed here."""
