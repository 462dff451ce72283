"""The compat tests' own modules: values, and the notebook of the committed stores."""

from __future__ import annotations

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))
