"""The append-only log of what happened, and the rows that need transactions: runs and effects."""
