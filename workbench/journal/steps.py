"""What the journal knows of a step's last checkpoint."""

from __future__ import annotations

from workbench.journal.log import Journal


def last_keys(journal: Journal, notebook: str, name: str, most: int = 1) -> list[str]:
    """The keys of the newest outcomes of a notebook's step, newest first, each once."""
    query = (
        "select json_extract(body, '$.key'), max(id) from (select id, body from events"
        " where kind = 'step.finished' and json_extract(body, '$.name') = ?"
        " and json_extract(body, '$.key') != '' and json_extract(body, '$.notebook') = ?"
        " order by id desc limit ?) group by 1 order by 2 desc limit ?"
    )
    return [str(row[0]) for row in journal.read(query, (name, notebook, 10 * most, most))]


def last_ended(journal: Journal, notebook: str, name: str) -> tuple[str, str, str] | None:
    """Status, reason and error of the last execution of a notebook's step; None if there is none."""
    query = (
        "select json_extract(body, '$.status'), json_extract(body, '$.why'),"
        " json_extract(body, '$.error') from events where kind = 'step.finished'"
        " and json_extract(body, '$.name') = ? and json_extract(body, '$.notebook') = ?"
        " order by id desc limit 1"
    )
    rows = journal.read(query, (name, notebook))
    return (str(rows[0][0]), str(rows[0][1]), str(rows[0][2])) if rows else None


def last_error(journal: Journal, run_id: str) -> str:
    """What failed the last failed step of a run, with its name and remedy; "" if none failed."""
    query = (
        "select json_extract(body, '$.name'), json_extract(body, '$.error') from events"
        " where run_id = ? and kind = 'step.finished'"
        " and json_extract(body, '$.status') = 'failed' order by id desc limit 1"
    )
    row = journal.read(query, (run_id,))
    return f"step {row[0][0]}: {row[0][1]}" if row else ""
