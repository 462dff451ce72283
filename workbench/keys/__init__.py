"""Values to canonical bytes to keys.

Nothing here does I/O: sources, modules and files reach a key as digests that the caller read. Two
things that could behave differently never share a key; what cannot be told apart is `Opaque`.

canonical   a value's digest           manifest   a step's key and what changed in it
code        functions and source text  flow       which names a cell reads
call        a request to a provider    volatile   whether code reads what no key can see
"""
