"""Scenarios as files of the lab: opened, saved, reloaded, remembered, and what is unsaved kept against a crash."""
