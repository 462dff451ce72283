"""What a protocol must be able to tell about its requests and their answers."""

from __future__ import annotations

import typing

if typing.TYPE_CHECKING:
    from workbench.model import Json, Judgement, Prompt

TAIL_BYTES = 1024
"""How much of what has arrived `Protocol.may_end` wants to see.

An ordinary event of the Responses API takes 200 to 400 bytes; a tail that holds a whole one shows
at no cost that it was not the last.
"""


class Protocol(typing.Protocol):
    """Knowledge of one kind of call: what its requests ask and what its answers are."""

    name: str
    """The protocol's word in keys and tables: "chat", "responses" or "embeddings"."""

    draws: bool
    """Whether a repeated request is a new draw; False: it is always draw 0."""

    def describe(self, request: Json) -> Prompt:
        """What a request's JSON body asks, for people and SQL; compact JSON where it is odd."""

    def asks_stream(self, request: Json) -> bool:
        """Whether the request wants its answer as server-sent events."""

    def may_end(self, tail: bytes) -> bool:
        """Whether a streamed answer may just have ended: cheap, to be asked after each chunk.

        `tail` is the last `TAIL_BYTES` of everything received, or all of it, or anything between.
        True means that `judge` is worth its price now; it may well be wrong. False is never wrong,
        unless more than a tail came after the end marker in the same chunk; so at the end of the
        stream ask `judge` and not this.
        """

    def judge(self, request: Json, status: int, content_type: str, body: bytes) -> Judgement:
        """What the answer is: its verdict, text, model and tokens.

        `body` is everything received so far, without its content encoding. `content_type` decides
        whether that is a stream; where it names neither events nor JSON, the request's `stream`
        does.
        """
