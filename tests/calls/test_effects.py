"""An effect goes out at most once per key, or is reported as in doubt."""

from __future__ import annotations

import itertools
import subprocess
import sys

import pytest
from receivers import Hook

import workbench as wb
from workbench import verbs
from workbench.calls.effects import choose
from workbench.errors import EffectError, UsageError
from workbench.journal import effects as rows


@pytest.fixture
def hook():
    running = Hook()
    yield running
    running.stop()


@pytest.fixture
def mails():
    from aiosmtpd.controller import Controller

    class Box:
        def __init__(self):
            self.ids = []

        async def handle_DATA(self, _server, _session, envelope):
            from email import message_from_bytes

            self.ids.append(message_from_bytes(envelope.content)["Message-ID"])
            return "250 kept"

    import socket

    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    box = Box()
    running = Controller(box, hostname="127.0.0.1", port=port)
    running.start()
    box.url = f"smtp://127.0.0.1:{port}"
    yield box
    running.stop()


def test_it_is_sent_once_per_key_with_one_idempotency_key(hook, step):
    for _ in range(3):
        with step(effects="send"):
            receipt = wb.post(hook.url, json={"a": 1}, key="doc 1")
            assert (receipt.status, receipt.value["status"]) == ("sent", 200)
    with step(effects="send"):
        wb.post(hook.url, json={"a": 1}, key="doc 2")
    assert [body for _, body in hook.received] == [{"a": 1}] * 2
    assert len({key for key, _ in hook.received}) == 2


def test_intent_is_on_disk_before_the_first_byte_leaves(hook, step, store, monkeypatch):
    from workbench.calls import post

    seen = []
    real = post.deliver

    def deliver(request, headers, key):
        seen.append(rows.find(store.journal, key).status)
        return real(request, headers, key)

    monkeypatch.setattr(post, "deliver", deliver)
    with step(effects="send"):
        wb.post(hook.url, json={}, key="k")
    assert seen == ["intent"]


def test_without_a_key_each_place_and_occurrence_is_its_own(hook, step):
    for _ in range(2):
        with step(effects="send"):
            for n in range(3):
                wb.post(hook.url, json={"n": n})
    assert [body["n"] for _, body in hook.received] == [0, 1, 2]


def test_in_a_notebook_it_is_held_until_it_is_sent(hook, step, store):
    with step():
        receipt = wb.post(hook.url, json={"n": 1}, key="k")
    assert (receipt.status, hook.received) == ("held", [])
    with pytest.raises(EffectError, match="held"):
        receipt.value  # noqa: B018
    with step():
        wb.post(hook.url, json={"n": 2}, key="k")  # mended before it went out: the new one is held
    verbs.send("extract", store=store)
    assert [body for _, body in hook.received] == [{"n": 2}]
    assert receipt.status == "sent"
    with pytest.raises(UsageError, match="no effect"):
        verbs.send("extract", store=store)
    assert len(hook.received) == 1


def test_changed_content_is_never_sent_again_by_itself(hook, step):
    with step(effects="send"):
        wb.post(hook.url, json={"n": 1}, key="k")
    with step(effects="send"), pytest.raises(EffectError, match="other content"):
        wb.post(hook.url, json={"n": 2}, key="k")
    assert len(hook.received) == 1


def test_a_moved_receiver_is_no_changed_content(hook, step):
    with step(effects="send"):
        wb.post(hook.url, json={"n": 1}, key="k")
        wb.post(hook.url.replace("127.0.0.1", "localhost"), json={"n": 1}, key="k")
    assert len(hook.received) == 1


def test_refused_before_it_left_it_is_sent_again(hook, step):
    with step(effects="send"), pytest.raises(EffectError, match="not reached"):
        wb.post("http://127.0.0.1:9/hook", json={}, key="k")
    hook.status = 422
    with step(effects="send"), pytest.raises(EffectError, match="HTTP 422"):
        wb.post(hook.url, json={}, key="k")
    hook.status = 200
    with step(effects="send"):
        receipt = wb.post(hook.url, json={}, key="k")
    assert receipt.status == "sent"


@pytest.mark.parametrize("status", [0, 500, 502])
def test_where_nobody_can_know_it_is_in_doubt_until_a_person_says(hook, step, store, status):
    hook.status = status
    with step(effects="send"), pytest.raises(EffectError, match="in doubt") as caught:
        wb.post(hook.url, json={}, key="k")
    hook.status = 200
    with step(effects="send"), pytest.raises(EffectError, match="in doubt"):
        wb.post(hook.url, json={}, key="k")
    assert len(hook.received) == 1
    verbs.resolve(caught.value.context["key"][:12], sent=False, store=store)
    with step(effects="send"):
        assert wb.post(hook.url, json={}, key="k").status == "sent"
    assert len(hook.received) == 2


def test_what_a_person_said_was_sent_is_not_sent(hook, step, store):
    hook.status = 0
    with step(effects="send"), pytest.raises(EffectError) as caught:
        wb.post(hook.url, json={}, key="k")
    verbs.resolve(caught.value.context["key"], sent=True, store=store)
    with step(effects="send"):
        assert wb.post(hook.url, json={}, key="k").status == "sent"
    assert len(hook.received) == 1
    with pytest.raises(UsageError, match="not in doubt"):
        verbs.resolve(caught.value.context["key"], sent=True, store=store)


def test_a_receiver_that_dedupes_gets_it_again_with_the_same_key(hook, step):
    hook.status = 0
    with step(effects="send"), pytest.raises(EffectError):
        wb.post(hook.url, json={}, key="k", dedupes=True)
    hook.status = 200
    with step(effects="send"):
        wb.post(hook.url, json={}, key="k", dedupes=True)
    assert len({key for key, _ in hook.received}) == 1


SENDER = """
import os, sys
from pathlib import Path
from workbench.calls import context, post
from workbench.calls.context import Execution, Policy
from workbench.journal import effects
from workbench.store.folder import open_store
import workbench as wb
place, url, folder = sys.argv[1:]
real_deliver, real_settle = post.deliver, effects.settle
if place == "before": post.deliver = lambda *a: os._exit(9)
if place == "after":
    def settle(*a, **k): os._exit(9)
    effects.settle = settle
store = open_store(Path(folder))
execution = Execution(store=store, run_id="r", step_id="s", name="extract", notebook="nb.ipynb", policy=Policy(effects="send"))
with context.entered(execution):
    wb.post(url, json={"n": 1}, key="k")
"""


@pytest.mark.parametrize(("place", "received"), [("before", 0), ("after", 1)])
def test_a_kill_around_the_send_leaves_it_in_doubt_never_twice(hook, step, store, place, received):
    killed = subprocess.run(
        [sys.executable, "-c", SENDER, place, hook.url, str(store.folder)], check=False
    )
    assert killed.returncode == 9
    assert len(hook.received) == received
    for _ in range(2):
        with step(effects="send"), pytest.raises(EffectError, match="in doubt"):
            wb.post(hook.url, json={"n": 1}, key="k")
    assert len(hook.received) == received


def test_mail_goes_out_once_with_one_message_id(mails, step):
    for _ in range(2):
        with step(effects="send"):
            receipt = wb.email(
                smtp=mails.url,
                sender="a@example.org",
                to=["b@example.org"],
                subject="s",
                body="ü",
                key="m",
            )
    assert receipt.status == "sent"
    assert len(mails.ids) == 1
    assert receipt.value["message_id"] == mails.ids[0]


def test_a_held_mail_is_sent_from_its_record(mails, step, store):
    with step("mail"):
        wb.email(smtp=mails.url, sender="a@example.org", to="b@example.org", subject="s", body="x")
    verbs.send("mail", store=store)
    assert len(mails.ids) == 1


def test_secret_headers_are_sent_and_never_stored(hook, step, store, folder):
    with step(effects="send"):
        wb.post(
            hook.url, json={}, key="a", headers={"Authorization": "Bearer sk-canary", "X-Kept": "1"}
        )
    assert hook.headers[0]["Authorization"] == "Bearer sk-canary"
    with step():
        wb.post(hook.url, json={}, key="b", headers={"Authorization": "Bearer sk-canary"})
    with pytest.raises(UsageError, match="not stored"):
        verbs.send("extract", store=store)
    with step(effects="send"):
        wb.post(hook.url + "?token=sk-canary", json={}, key="c")
    store.journal.flush()
    for path in folder.rglob("*"):
        assert not path.is_file() or b"sk-canary" not in path.read_bytes(), path


@pytest.mark.parametrize(
    ("call", "says"),
    [
        (lambda: wb.post("ftp://x/y"), "http"),
        (lambda: wb.post("http://127.0.0.1/", json=1, data="x"), "both"),
        (lambda: wb.post("http://127.0.0.1/", json=object()), "JSON"),
        (
            lambda: wb.email(to="a@example.org", subject="s", body="b", sender="x@example.org"),
            "mail server",
        ),
        (
            lambda: wb.email(to="a@example.org", subject="s", body="b", smtp="smtp://127.0.0.1:1"),
            "sender",
        ),
        (
            lambda: wb.email(
                to="a@example.org",
                subject="a\nBcc: x",
                body="b",
                sender="x@example.org",
                smtp="smtp://h:1",
            ),
            "cannot be sent",
        ),
    ],
)
def test_bad_arguments_are_one_clear_line(step, call, says):
    with step(effects="send"), pytest.raises(UsageError, match=says) as caught:
        call()
    assert caught.value.remedy


def test_no_state_sends_what_was_sent_or_may_have_been():
    """The decision, over everything that can be found."""
    states = [None, "held", "intent", "sent", "failed", "in_doubt", "withdrawn"]
    for status, same, mode, dedupes, dead in itertools.product(
        states, [True, False], ["send", "hold"], [True, False], [True, False]
    ):
        found = (
            None
            if status is None
            else rows.EffectRow(
                "k", "e", "r", "nb", "s", "post", "t", status, 1, "d", {}, None, {}, 0, None
            )
        )
        step = choose(found, "d" if same else "other", mode=mode, dedupes=dedupes, dead=dead)
        if status == "sent":
            assert step == ("return" if same else "changed")
        if status in {"intent", "in_doubt"} and not dedupes:
            assert step not in {"send", "hold", "return"}
        if mode == "hold":
            assert step != "send"


def test_one_key_at_two_receivers_is_two_effects(hook, mails, step):
    other = hook.url.replace("/hook", "/other")
    with step(effects="send"):
        wb.post(hook.url, json={"n": 1}, key="doc 1")
        wb.post(other, json={"n": 1}, key="doc 1")
        for to in ("b@example.org", "c@example.org"):
            wb.email(
                smtp=mails.url, sender="a@example.org", to=to, subject="s", body="x", key="doc 1"
            )
    assert len(hook.received) == 2
    assert len(mails.ids) == 2


def test_a_step_of_another_notebook_is_not_sent(hook, step, store):
    for notebook in ("a.ipynb", "b.ipynb"):
        with step() as execution:
            execution.notebook = notebook
            wb.post(hook.url, json={"from": notebook}, key="k")
    with pytest.raises(UsageError, match="several notebooks"):
        verbs.send("extract", store=store)
    sent = verbs.send("a.ipynb#extract", store=store)
    assert [row["notebook"] for row in sent.rows] == ["a.ipynb"]
    assert [body["from"] for _, body in hook.received] == ["a.ipynb"]


SEND = """
import sys
from pathlib import Path
from workbench import verbs
from workbench.store.folder import open_store
print(len(verbs.send("extract", store=open_store(Path(sys.argv[1]))).rows))
"""


def test_two_processes_that_send_at_once_send_each_effect_once(hook, step, store):
    hook.delay_s = 0.2
    with step():
        for n in range(5):
            wb.post(hook.url, json={"n": n}, key=str(n))
    senders = [
        subprocess.Popen([sys.executable, "-c", SEND, str(store.folder)], stderr=subprocess.DEVNULL)
        for _ in range(3)
    ]
    for sender in senders:
        sender.wait()
    assert sorted(body["n"] for _, body in hook.received) == list(range(5))


def test_a_mail_server_that_falters_after_it_accepted_gets_no_second_mail(step):
    import socket
    import threading

    accepted = []
    server = socket.create_server(("127.0.0.1", 0))

    def serve():
        while True:
            try:
                peer, _ = server.accept()
            except OSError:
                return
            with peer, peer.makefile("rwb") as talk:
                talk.write(b"220 hi\r\n")
                talk.flush()
                data = False
                for line in talk:
                    if data:
                        if line == b".\r\n":
                            accepted.append(1)
                            data = False
                            talk.write(b"250 kept\r\n")
                    elif line.upper().startswith(b"DATA"):
                        data = True
                        talk.write(b"354 go\r\n")
                    elif line.upper().startswith(b"QUIT"):
                        talk.write(b"421 going down\r\n")
                        talk.flush()
                        break
                    else:
                        talk.write(b"250 ok\r\n")
                    talk.flush()

    threading.Thread(target=serve, daemon=True).start()
    for _ in range(2):
        with step(effects="send"):
            receipt = wb.email(
                smtp=f"smtp://127.0.0.1:{server.getsockname()[1]}",
                sender="a@example.org",
                to="b@example.org",
                subject="s",
                body="x",
                key="m",
            )
            assert receipt.status == "sent"
    server.close()
    assert len(accepted) == 1


def test_an_effect_that_is_being_sent_is_not_settled_by_hand(hook, step, store):
    row = rows.new(
        key="k" * 32,
        run_id="r",
        notebook="nb.ipynb",
        step="s",
        kind="post",
        target="t",
        status="intent",
        digest="d",
        request={},
    )
    rows.claim(store.journal, row)
    with pytest.raises(UsageError, match="being sent"):
        verbs.resolve("k" * 32, sent=False, store=store)


def test_a_redirect_is_a_doubt_and_an_interrupt_stays_one(hook, step, monkeypatch):
    hook.status = 303
    with step(effects="send"), pytest.raises(EffectError, match="in doubt"):
        wb.post(hook.url, json={}, key="k")
    from workbench.calls import post

    def interrupted(*_arguments):
        raise KeyboardInterrupt

    monkeypatch.setattr(post, "deliver", interrupted)
    with step(effects="send"), pytest.raises(KeyboardInterrupt):
        wb.post(hook.url, json={}, key="j")
    with step(effects="send"), pytest.raises(EffectError, match="in doubt"):
        wb.post(hook.url, json={}, key="j")


@pytest.mark.parametrize(
    "name", ["X-Auth-Token", "Api-Key", "X-Webhook-Secret", "Private-Token", "Cookie"]
)
def test_a_header_that_sounds_like_a_credential_is_not_stored(hook, step, store, folder, name):
    with step(effects="send"):
        wb.post(
            hook.url + "?client_secret=sk-canary&a=1", json={}, key="a", headers={name: "sk-canary"}
        )
        with pytest.raises(EffectError):
            wb.email(
                smtp="smtp://me:sk-canary@127.0.0.1:9",
                sender="a@example.org",
                to="b@example.org",
                subject="s",
                body="x",
                key="m",
            )
    store.journal.flush()
    assert [p for p in folder.rglob("*") if p.is_file() and b"sk-canary" in p.read_bytes()] == []
