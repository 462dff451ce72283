"""What the tests of keys share: sources read with inspect, and code run as a notebook's."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))

from notebook_code import TestSources


@pytest.fixture
def sources():
    return TestSources()
