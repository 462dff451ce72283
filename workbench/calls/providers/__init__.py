"""What is known of providers: which requests are calls, and what the bytes of an answer mean.

`table.find` gives the protocol of a request; a protocol describes the request and judges its
answer. Everything here is pure: bytes and parsed JSON in, records of `workbench.model` out, and no
input makes it raise.
"""
