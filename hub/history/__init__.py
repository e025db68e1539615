"""What happened to tickets, event by event: one format for the store, for files, for learning."""
