"""Key to checkpoint: what was paid for, kept raw, in one folder together with the journal."""
