"""The surroundings of the example notebooks: a provider, a webhook and a mail server, all real.

    from workbench import demo
    here = demo.start()

With `OPENAI_API_KEY` or `OPENAI_BASE_URL` set that provider answers, else the embedded model.
"""

from __future__ import annotations

from workbench.demo.places import Surroundings, pull, serve, start
from workbench.demo.story import tell

__all__ = ["Surroundings", "pull", "serve", "start", "tell"]
