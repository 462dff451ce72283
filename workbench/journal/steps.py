"""What the journal knows of a step's last checkpoint."""

from __future__ import annotations

import msgspec

from workbench.journal.log import Journal


def last_key(journal: Journal, name: str) -> str:
    """The key of the newest outcome of a step of this name; "" if there is none."""
    query = (
        "select body from events where kind = 'step.finished'"
        " and json_extract(body, '$.name') = ? and json_extract(body, '$.key') != ''"
        " order by id desc limit 1"
    )
    row = journal.read(query, (name,))
    return str(msgspec.json.decode(row[0][0])["key"]) if row else ""
