"""What stands on the whole terminal: the lab, and what is asked or told in front of it."""
