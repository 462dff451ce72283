"""What the journal knows of a step's last checkpoint."""

from __future__ import annotations

import msgspec

from workbench.journal.log import Journal


def last_key(journal: Journal, notebook: str, name: str) -> str:
    """The key of the newest outcome of a notebook's step; "" if there is none."""
    query = (
        "select body from events where kind = 'step.finished'"
        " and json_extract(body, '$.name') = ? and json_extract(body, '$.key') != ''"
        " and json_extract(body, '$.notebook') = ? order by id desc limit 1"
    )
    row = journal.read(query, (name, notebook))
    return str(msgspec.json.decode(row[0][0])["key"]) if row else ""


def last_error(journal: Journal, run_id: str) -> str:
    """What failed the last failed step of a run, with its name and remedy; "" if none failed."""
    query = (
        "select json_extract(body, '$.name'), json_extract(body, '$.error') from events"
        " where run_id = ? and kind = 'step.finished'"
        " and json_extract(body, '$.status') = 'failed' order by id desc limit 1"
    )
    row = journal.read(query, (run_id,))
    return f"step {row[0][0]}: {row[0][1]}" if row else ""
