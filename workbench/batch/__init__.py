"""The same notebook from outside: papermill executes it, the journal says what happened."""
