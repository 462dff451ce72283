"""Check the sample mails: twelve, well-formed, masked, and listed in their README."""

import re
from datetime import datetime
from email import message_from_bytes, policy
from email.message import EmailMessage
from email.utils import parsedate_to_datetime
from pathlib import Path

import pytest

MAILS = Path(__file__).parents[1] / "notebooks" / "mails"
NAMES = [f"{number:02}.eml" for number in range(1, 13)]
ADDRESS = re.compile(r"[\w.+%-]+@([\w-]+(?:\.[\w-]+)*)")
LINK = re.compile(r"(?:https?|ftp)://([\w.-]+)")
RESERVED = re.compile(r"(?:[\w-]+\.)*example\.(?:com|net|org)")


def read(name: str) -> str:
    """Return the text of one mail; bytes that are not UTF-8 raise."""
    return (MAILS / name).read_bytes().decode("utf-8")


def parse(name: str) -> EmailMessage:
    """Return one mail as the standard library parses it."""
    message = message_from_bytes((MAILS / name).read_bytes(), policy=policy.default)
    assert isinstance(message, EmailMessage)
    return message


def test_there_are_twelve_mails() -> None:
    assert sorted(path.name for path in MAILS.glob("*.eml")) == NAMES


@pytest.mark.parametrize("name", NAMES)
def test_mail_is_a_short_plain_text(name: str) -> None:
    message = parse(name)
    assert not message.defects
    assert message.get_content_type() == "text/plain"
    assert 150 <= len(message.get_content().strip()) <= 1000


@pytest.mark.parametrize("name", NAMES)
def test_mail_has_its_headers(name: str) -> None:
    message = parse(name)
    for header in ("From", "Date", "Subject"):
        assert len(message.get_all(header, [])) == 1
        assert str(message[header]).strip()
        assert not message[header].defects


@pytest.mark.parametrize("name", NAMES)
def test_mail_date_parses(name: str) -> None:
    date = parsedate_to_datetime(str(parse(name)["Date"]))
    assert isinstance(date, datetime)
    assert date.tzinfo is not None


@pytest.mark.parametrize("name", NAMES)
def test_mail_names_only_reserved_domains(name: str) -> None:
    text = read(name)
    domains = ADDRESS.findall(text) + LINK.findall(text)
    assert domains
    assert [domain for domain in domains if not RESERVED.fullmatch(domain.rstrip("."))] == []


@pytest.mark.parametrize("name", NAMES)
def test_mail_has_clean_line_ends(name: str) -> None:
    text = read(name)
    assert "\r" not in text
    assert text.endswith("\n")
    assert not text.endswith("\n\n")


@pytest.mark.parametrize("name", NAMES)
def test_readme_has_a_row(name: str) -> None:
    rows = (MAILS / "README.md").read_text(encoding="utf-8").splitlines()
    assert sum(row.startswith(f"| `{name}` |") for row in rows) == 1
