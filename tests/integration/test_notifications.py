"""Who hears of exceptions, through a real mail server and a real web server, and their failures."""

import hashlib
import hmac
import time
from collections.abc import Callable
from contextlib import closing
from datetime import timedelta
from pathlib import Path

import pytest

from oms_edi.errors import ConfigurationError
from oms_edi.pipeline.people import acts, see_to
from oms_edi.pipeline.people.tell import Messenger, tell
from oms_edi.store.notifications import Listed, listed
from tests.support.edi import interchange, x850
from tests.support.mailbox import Calls, Letters, certificate, free_port, http, smtp
from tests.support.site import CONFIG, Site, name

SHORT = "1*200*EA*4.00**VN*A1"


def hook(port: int, more: str = "", to: str = "") -> str:
    return (
        "notify:\n  retry_s: 60\n  max_attempts: 3\n  channels:\n"
        f"  - {{name: pager, webhook: {{url: 'http://127.0.0.1:{port}/hook', timeout_s: 1{to}}}"
        f"{more}}}\n"
    )


def letters_to(port: int, more: str = "", *, host: str = "127.0.0.1", tls: str = "none") -> str:
    return (
        "notify:\n  channels:\n  - name: desk\n"
        f"    mail: {{host: {host}, port: {port}, tls: {tls}, sender: oms@example.com,"
        f" to: [desk@example.com], timeout_s: 1{more}}}\n"
    )


def send(site: Site) -> int:
    with closing(site.connect()) as connection:
        return tell(site.config, connection, clock=lambda: site.now)


def states(site: Site) -> list[Listed]:
    with closing(site.connect()) as connection:
        return listed(connection, state=None, channel=None, limit=1000)


def short_order(site: Site, number: int = 1) -> None:
    site.send("buyer", interchange(x850(f"PO{number}", SHORT), control=number))


def test_a_letter_says_what_where_and_what_to_do(site: Site) -> None:
    letters = Letters()
    with smtp(letters) as port:
        site.configure("config", CONFIG + letters_to(port))
        short_order(site)
        assert send(site) == 1
        assert send(site) == 0
    (letter,) = letters.got
    assert letter["Subject"] == f"[warning] backordered: {name(1)}"
    assert letter["To"] == "desk@example.com"
    assert letter["Message-ID"] == "<desk.1.warning.0.0@example.com>"
    text = letter.get_content()
    assert "50 of 200 A1 wait for stock" in text
    assert "oms-edi receive ITEM NODE UNITS" in text
    assert "at risk 200.00" in text
    assert [(row.state, row.attempts) for row in states(site)] == [("sent", 1)]


def test_a_letter_goes_by_starttls_with_a_login_from_a_credential(
    site: Site, tmp_path: Path
) -> None:
    context, trusted = certificate(tmp_path)
    letters = Letters()
    (site.root / "credentials").mkdir(exist_ok=True)
    secret = site.root / "credentials/mail"
    secret.write_text("right\n")
    secret.chmod(0o600)
    with smtp(letters, tls=context) as port:
        more = f", user: oms, password_credential: mail, ca_file: '{trusted}'"
        site.configure("config", CONFIG + letters_to(port, more, host="localhost", tls="starttls"))
        short_order(site)
        assert send(site) == 1
        secret.write_text("wrong\n")
        short_order(site, 2)
        assert send(site) == 0
    assert len(letters.got) == 1
    assert "535" in states(site)[-1].reason


def test_a_certificate_nobody_trusts_gets_no_letter_and_no_password(
    site: Site, tmp_path: Path
) -> None:
    context, _ = certificate(tmp_path)
    letters = Letters()
    with smtp(letters, tls=context) as port:
        site.configure("config", CONFIG + letters_to(port, host="localhost", tls="starttls"))
        short_order(site)
        assert send(site) == 0
    assert letters.got == []
    assert "CERTIFICATE_VERIFY_FAILED" in states(site)[0].reason


def test_a_letter_that_is_refused_is_tried_again(site: Site) -> None:
    letters = Letters("451 later")
    with smtp(letters) as port:
        site.configure("config", CONFIG + letters_to(port))
        short_order(site)
        assert send(site) == 0
        assert "451" in states(site)[0].reason
        letters.answer = "250 OK"
        assert send(site) == 0  # it is not its time yet
        site.now += timedelta(seconds=30)
        assert send(site) == 1
    assert len(letters.got) == 1


def test_a_call_is_signed_over_its_time_and_body(site: Site) -> None:
    (site.root / "credentials").mkdir(exist_ok=True)
    (site.root / "credentials/key").write_text("s3cret")
    (site.root / "credentials/key").chmod(0o600)
    calls = Calls()
    with http(calls) as port:
        site.configure("config", CONFIG + hook(port, to=", secret_credential: key"))
        short_order(site)
        assert send(site) == 1
    ((headers, body),) = calls.got
    signed = headers["X-OMS-Timestamp"].encode() + b"." + body
    expected = hmac.new(b"s3cret", signed, hashlib.sha256).hexdigest()
    assert headers["X-OMS-Signature"] == f"sha256={expected}"
    assert headers["X-OMS-Key"] == "pager.1.warning.0.0"
    (told,) = calls.bodies[0]["exceptions"]
    assert (told["kind"], told["order"], told["risk_cents"]) == ("backordered", name(1), 20000)


@pytest.mark.parametrize("status", [500, 403, 302])
def test_any_answer_but_2xx_is_a_failure_and_no_redirect_is_followed(
    site: Site, status: int
) -> None:
    calls = Calls(status)
    with http(calls) as port:
        site.configure("config", CONFIG + hook(port))
        short_order(site)
        assert send(site) == 0
    assert f"answered {status}" in states(site)[0].reason
    assert len(calls.got) == 1


def test_what_fails_waits_ever_longer_and_is_given_up_where_it_is_listed(site: Site) -> None:
    site.configure("config", CONFIG + hook(free_port()))
    short_order(site)
    waits = []
    for _ in range(3):
        assert send(site) == 0
        row = states(site)[0]
        waits.append(row.next_at[11:16])
        site.now += timedelta(minutes=5)
    assert waits == ["15:01", "15:07", "15:07"]
    assert (row.state, row.attempts) == ("failed", 3)
    assert "refused" in row.reason.lower()


def test_a_channel_that_is_down_costs_the_others_nothing(site: Site) -> None:
    letters = Letters()
    with smtp(letters) as port:
        both = hook(free_port()) + letters_to(port).split("channels:\n")[1]
        site.configure("config", CONFIG + both)
        short_order(site)
        assert send(site) == 1
    assert len(letters.got) == 1


def test_a_server_that_does_not_answer_is_left_after_its_time(site: Site) -> None:
    calls = Calls(wait_s=3)
    with http(calls) as port:
        site.configure("config", CONFIG + hook(port))
        short_order(site)
        began = time.monotonic()
        assert send(site) == 0
        assert time.monotonic() - began < 2.5
    assert "timed out" in states(site)[0].reason


def test_the_same_is_told_once_and_again_when_it_is_worse(site: Site) -> None:
    calls = Calls()
    with http(calls) as port:
        site.configure("config", CONFIG + hook(port))
        short_order(site)
        send(site)
        site.run(later=timedelta(hours=1))
        assert send(site) == 0
        site.run(later=timedelta(hours=24))  # told again
        assert send(site) >= 1
        site.run(later=timedelta(hours=24))  # raised
        send(site)
    mine = [(h["X-OMS-Key"]) for h, b in calls.got if h["X-OMS-Key"].startswith("pager.1.")]
    assert mine == ["pager.1.warning.0.0", "pager.1.warning.0.1", "pager.1.error.1.2"]


def test_what_is_over_before_it_was_told_is_not_told(site: Site) -> None:
    calls = Calls()
    with http(calls) as port:
        site.configure("config", CONFIG + hook(port))
        short_order(site)
        acts.receive(site.step(), "A1", "DAL", 50, actor="ann", reason="truck")
        site.run()
        assert send(site) == 0
    assert [(row.state, row.reason) for row in states(site)] == [("dropped", "it was over before")]


def test_what_sleeps_is_told_when_it_wakes(site: Site) -> None:
    calls = Calls()
    with http(calls) as port:
        site.configure("config", CONFIG + hook(port))
        short_order(site)
        until = site.now + timedelta(hours=2)
        see_to.snooze(site.step(), 1, until, actor="ann", reason="lunch")
        assert send(site) == 0
        site.now = until
        assert send(site) == 1


def test_only_what_a_channel_asks_for_is_told(site: Site) -> None:
    calls = Calls()
    with http(calls) as port:
        site.configure("config", CONFIG + hook(port, ", queues: [finance], severities: [warning]"))
        short_order(site)
        site.send("buyer", interchange(x850("PO2", "1*1*EA*3.00**VN*A1"), control=2))
        send(site)
    assert [e["kind"] for body in calls.bodies for e in body["exceptions"]] == ["price"]


def test_a_flood_is_summed_up_in_the_last_message_of_the_hour(site: Site) -> None:
    calls = Calls()
    with http(calls) as port:
        site.configure("config", CONFIG + hook(port, ", per_hour: 3"))
        sets = [x850(f"PO{n}", SHORT, control=f"{n:04}") for n in range(1, 7)]
        site.send("buyer", interchange(*sets))
        assert send(site) == 3
        assert [len(body["exceptions"]) for body in calls.bodies] == [1, 1, 4]
        site.send("buyer", interchange(x850("PO9", SHORT), control=2))
        assert send(site) == 0
        site.now += timedelta(minutes=61)
        assert send(site) == 1
    assert "4 exceptions, at risk" in calls.bodies[2]["subject"]


def test_a_digest_comes_at_its_time_with_all_of_it(site: Site) -> None:
    calls = Calls()
    with http(calls) as port:
        more = ", digest_at: ['12:00', '17:00'], timezone: America/Chicago"  # 18:00 and 23:00 UTC
        site.configure("config", CONFIG + hook(port, more))
        short_order(site)
        short_order(site, 2)
        assert send(site) == 0
        site.now += timedelta(hours=2, minutes=59)
        assert send(site) == 0
        site.now += timedelta(minutes=1, seconds=1)
        assert send(site) == 1
        assert len(calls.bodies[0]["exceptions"]) == 2
        site.now += timedelta(hours=1)
        assert send(site) == 0


def test_a_partners_text_adds_no_header_and_is_no_template(site: Site) -> None:
    letters = Letters()
    with smtp(letters) as port:
        site.configure("config", CONFIG + letters_to(port))
        site.drop("shop", "x", "a$kind\r\nBcc: all@example.com.csv".replace("\r\n", " "))
        site.send("buyer", interchange(x850("P$text{0}O", SHORT)))
        send(site)
    texts = [letter.get_content() for letter in letters.got]
    assert any("P$text{0}O" in text for text in texts)
    assert all(letter["Bcc"] is None for letter in letters.got)


def test_news_are_owed_in_the_transaction_of_their_exception(site: Site) -> None:
    site.configure("config", CONFIG + hook(free_port()))
    site.send("buyer", interchange(x850("PO1", "1*1*EA*3.00**VN*A1")))
    (row,) = site.query(
        "SELECT n.owed_at = e.opened_at FROM notifications n JOIN exceptions e USING (exception_id)"
    )
    assert row == (1,)


def test_the_daemons_thread_tells_while_the_pipeline_goes_on(site: Site) -> None:
    calls = Calls()
    with http(calls) as port:
        site.configure("config", CONFIG + hook(port))
        short_order(site)
        messenger = Messenger(site.config, clock=lambda: site.now)
        messenger.start()
        try:
            wait_for(lambda: bool(calls.got))
        finally:
            messenger.stop()
    assert len(calls.got) == 1


def wait_for(happened: Callable[[], bool]) -> None:
    end = time.monotonic() + 8
    while not happened():
        assert time.monotonic() < end
        time.sleep(0.05)


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("channels: [{name: a}]", "either mail or webhook"),
        ("channels: [{name: a, webhook: {url: 'http://example.com/x'}}]", "use https"),
        ("channels: [{name: a, webhook: {url: 'https://u:p@example.com/x'}}]", "no login"),
        (
            "channels: [{name: a, webhook: {url: 'https://example.com'}, subject: $secret}]",
            "there is no \\$secret",
        ),
        (
            "channels: [{name: a, mail: {host: h.example, tls: none, sender: a@b, to: [a@b],"
            " user: u, password_credential: p}}]",
            "show the password",
        ),
    ],
)
def test_a_channel_that_cannot_be_meant_stops_the_start(site: Site, text: str, told: str) -> None:
    (site.root / "config.yaml").write_text(f"{CONFIG}notify: {{{text}}}\n")
    with pytest.raises(ConfigurationError, match=told):
        _ = site.config
