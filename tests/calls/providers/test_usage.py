from __future__ import annotations

import pytest

from workbench.calls.providers.usage import cost_microusd, tokens
from workbench.model import Usage


def test_tokens_are_read_from_the_chat_apis_names():
    stated = {
        "prompt_tokens": 2006,
        "completion_tokens": 300,
        "total_tokens": 2306,
        "prompt_tokens_details": {"cached_tokens": 1920, "audio_tokens": 0},
        "completion_tokens_details": {"reasoning_tokens": 0},
    }
    assert tokens(stated) == Usage(2006, 300, 2306, 1920)


def test_tokens_are_read_from_the_responses_apis_names():
    stated = {
        "input_tokens": 36,
        "input_tokens_details": {"cached_tokens": 0},
        "output_tokens": 87,
        "output_tokens_details": {"reasoning_tokens": 0},
        "total_tokens": 123,
    }
    assert tokens(stated) == Usage(36, 87, 123, 0)


@pytest.mark.parametrize("wrong", ["7", 7.5, -7, True, None, [7], {"n": 7}, 2**70])
def test_a_number_of_the_wrong_type_is_unknown(wrong):
    names = ("prompt_tokens", "completion_tokens", "total_tokens", "input_tokens", "output_tokens")
    stated = dict.fromkeys(names, wrong) | {"prompt_tokens_details": {"cached_tokens": wrong}}
    assert tokens(stated) == Usage()


@pytest.mark.parametrize("odd", [None, 5, "usage", [], {"prompt_tokens_details": [1]}])
def test_usage_of_another_shape_says_nothing(odd):
    assert tokens(odd) == Usage()
    assert cost_microusd(odd) is None


@pytest.mark.parametrize(
    ("dollars", "microusd"),
    [(0.00014, 140), (0.1 + 0.2, 300_000), (1, 1_000_000), (0, 0), (1.5e-05, 15), (2.5e-7, 0)],
)
def test_a_stated_price_in_dollars_becomes_whole_microdollars(dollars, microusd):
    assert cost_microusd({"cost": dollars}) == microusd


@pytest.mark.parametrize(
    "wrong", ["0.1", True, None, -1, float("inf"), float("nan"), 1e300, 10**4000, {"total": 1}]
)
def test_a_price_that_is_no_price_is_unknown(wrong):
    assert cost_microusd({"cost": wrong}) is None
