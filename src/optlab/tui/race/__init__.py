"""Who races whom: the two racers as values, and the dialog that chooses them."""
