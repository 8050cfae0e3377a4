"""Parts of the Charts place: the names to choose from, the chart as large as there is room, its files."""
