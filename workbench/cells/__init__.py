"""A cell as a checkpoint: its source gives the names it reads, they give its key, the key its outcome.

options, inputs   what was asked, what it depends on      lookup     the outcome that this names
step, function    a cell, a function: served or run       outcome    what came out, kept; restore
files/            files it touched or that values name    modules/   the sources behind its code
mutation, left    inputs that it changed in place         ambient    state beside its names; settings
reasons, facts    why it ran                              outlook/   what it would do now
"""
