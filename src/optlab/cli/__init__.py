"""The door without a screen: one file a command. stdout is data, stderr is narration, exit codes are an enum."""
