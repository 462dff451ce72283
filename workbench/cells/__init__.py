"""A cell as a checkpoint: its source gives the names it reads, they give its key, the key its outcome."""
