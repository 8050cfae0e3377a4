"""Where one can be: the Lab, Trim, Charts, History, the Guide. `table` lists them."""
