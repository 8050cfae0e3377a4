"""The door with a screen. It draws what a worker tells and measures nothing itself."""
