"""What a step may be told: read from its line, refused with a remedy where it has no sense."""

from __future__ import annotations

import pytest

from workbench.cells.options import Options, parse, seconds
from workbench.errors import UsageError


@pytest.mark.parametrize(
    "line",
    [
        "", "1a", "a b", "a --nope", "a --effects=x", "a 'b", "--strict", "a --strict=1", "a --in",
        "a --in --out=b", "a --ttl=soon", "a --ttl=0", "a --ttl", "a --refresh=all", "a --file=",
        "a --refresh=",
    ],
)  # fmt: skip
def test_a_bad_line_is_refused_with_a_remedy(line):
    with pytest.raises(UsageError) as caught:
        parse(line)
    assert caught.value.remedy
    assert "\n" not in str(caught.value)


def test_a_misspelt_option_is_told_what_was_meant():
    with pytest.raises(UsageError, match="did you mean --ignore"):
        parse("a --ignor=x")


def test_a_good_line_is_read():
    assert parse("extract.v2 --effects=send --strict") == (
        "extract.v2",
        Options(effects="send", strict=True),
    )
    assert parse("s --in=a,b --in c --out=x --ignore y --file 'd/*.csv' --ttl=1.5h") == (
        "s",
        Options(
            given=("a", "b", "c"), kept=("x",), ignored=("y",), files=("d/*.csv",), ttl_s=5400.0
        ),
    )
    assert parse("s --refresh")[1].refresh == "step"
    assert parse("s --refresh=calls")[1].refresh == "calls"


@pytest.mark.parametrize(
    ("text", "length"),
    [("90", 90), ("90s", 90), ("15m", 900), ("7d", 604800), (2.5, 2.5), ("2w", 1209600)],
)
def test_a_duration_is_seconds(text, length):
    assert seconds(text) == length
