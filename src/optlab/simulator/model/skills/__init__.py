"""What the stand-in model can do, one file a skill. Each reads a `Desk` and answers, or says that it is not asked."""
