"""`wb.email`: a mail as an effect."""

from __future__ import annotations

import contextlib
import functools
import os
import smtplib
import urllib.parse
from email.errors import MessageError
from email.message import EmailMessage
from email.policy import SMTP
from urllib.parse import unquote

from workbench.calls.effects import Effect, InDoubt, NotSent, Receipt, perform
from workbench.config import settings
from workbench.errors import UsageError
from workbench.model import Json

TIMEOUT_S = 30.0


def email(
    *,
    to: str | list[str],
    subject: str,
    body: str,
    sender: str | None = None,
    smtp: str | None = None,
    key: str | None = None,
) -> Receipt:
    """Send a plain-text mail at most once per key; a receipt of what became of it.

    Held in a notebook until `%wb send STEP`, sent at once in a batch. Every attempt carries the
    same `Message-ID` (RFC 5322, 3.6.4).

    Args:
        to: one address or several.
        subject: one line.
        body: text.
        sender: the From address; by default `sender` of [tool.workbench].
        smtp: `smtp://host:port`; by default `WORKBENCH_SMTP`, then `smtp` of [tool.workbench].
        key: what "once" is counted in, such as the document's id: once per notebook, recipients
            and key. Without it: once per place in the notebook.

    Raises:
        EffectError: refused, in doubt, or recorded with other content.
        UsageError: no server, no sender, or an address or subject that cannot be sent.

    """
    found = settings()
    recipients = [to] if isinstance(to, str) else list(to)
    address = {"smtp": smtp or os.environ.get("WORKBENCH_SMTP") or found.smtp}
    content = {
        "sender": sender or found.sender,
        "to": recipients,
        "subject": subject,
        "body": body,
    }
    _check({**address, **content})
    server = urllib.parse.urlsplit(address["smtp"])
    stored = server._replace(netloc=server.netloc.rpartition("@")[2]).geturl()
    effect = Effect(
        kind="email",
        target=", ".join(recipients),
        content=content,
        address={"smtp": stored},
        secret=stored != address["smtp"],
        key=None if key is None else str(key),
    )
    return perform(effect, functools.partial(deliver, {**content, **address}))


def deliver(request: Json, message_id: str) -> Json:
    """Send one recorded mail. Returns: its outcome. Raises: NotSent, InDoubt."""
    message = _message(request, message_id)
    server = urllib.parse.urlsplit(request["smtp"])
    try:
        smtp = smtplib.SMTP(server.hostname or "", server.port or 25, timeout=TIMEOUT_S)
    except (OSError, smtplib.SMTPException) as error:
        raise NotSent(f"the mail server was not reached: {error}") from None
    try:
        if server.username:
            smtp.login(unquote(server.username), unquote(server.password or ""))
        refused = smtp.send_message(message)
    except (smtplib.SMTPResponseException, smtplib.SMTPRecipientsRefused) as error:
        raise NotSent(f"the mail server refused it: {error}") from None
    except (OSError, smtplib.SMTPException) as error:
        raise InDoubt(f"the connection to the mail server broke: {error}") from None
    finally:
        with contextlib.suppress(OSError, smtplib.SMTPException):
            smtp.quit()  # whatever it answers, the mail was accepted or not before
    return {"message_id": str(message["Message-ID"]), "refused": sorted(refused)}


def _message(request: Json, message_id: str) -> EmailMessage:
    message = EmailMessage(policy=SMTP)
    message["From"] = request["sender"]
    message["To"] = ", ".join(request["to"])
    message["Subject"] = request["subject"]
    message["Message-ID"] = f"<{message_id}@workbench.invalid>"
    message.set_content(request["body"])
    return message


def _check(request: Json) -> None:
    server = urllib.parse.urlsplit(request["smtp"])
    if server.scheme != "smtp" or not server.hostname:
        raise UsageError(
            f"wb.email has no mail server (smtp is {request['smtp']!r})",
            remedy="give smtp='smtp://host:port', or set WORKBENCH_SMTP",
        )
    if not request["sender"] or not request["to"]:
        raise UsageError("wb.email needs sender and to", remedy="give sender= and to=")
    try:
        _message(request, "check")
    except (ValueError, MessageError, IndexError) as error:
        raise UsageError(
            f"this mail cannot be sent: {error}", remedy="mend its addresses or subject"
        ) from None
