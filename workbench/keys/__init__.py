"""Values to canonical bytes to keys.

Nothing here does I/O: sources, modules and files reach a key as digests that the caller read. Two
things that could behave differently never share a key; what cannot be told apart is `Opaque`.

canonical   a value's digest              manifest   a step's key
code        functions and source text     flow       which names a cell reads
sharing     what several names share      strings    names that code reads through texts
volatile    whether code reads what no    untracked  whether it does what nothing shows
            key can see                   changes/   what changed in an input, in words
call        a request to a provider
"""
