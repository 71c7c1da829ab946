"""Who may what: users, sessions, and everything somebody might try without being one."""

import re
import stat
from datetime import timedelta

import pytest
from starlette.testclient import TestClient

from oms_edi.domain.role import ROLES, Role
from oms_edi.errors import ConfigurationError, Refused
from oms_edi.store import access
from oms_edi.testing_command import run_command
from oms_edi.web import passwords, users
from oms_edi.web.app import make_app
from oms_edi.web.pages import ROUTES
from oms_edi.web.serve import serve
from tests.support.browser import console
from tests.support.site import CONFIG, Site
from tests.support.visitor import PASSWORD, asking, csrf, logged_in, send, try_log_in, with_user


def cookies_of(client: TestClient) -> dict[str, str]:
    return {cookie.name: str(cookie.value) for cookie in client.cookies.jar}


def concrete(path: str) -> str:
    """Fill in what a declared path leaves open."""
    return re.sub(r"\{[^}]+\}", "1", path)


# Without users.


def test_without_users_this_machine_reads_and_nobody_acts(client: TestClient) -> None:
    assert client.get("/").status_code == 200
    assert "Only reads" in client.get("/").text
    acts = [route for route in ROUTES if route.method == "POST" and route.role is not Role.ANYBODY]
    assert acts
    for route in acts:
        answer = client.post(concrete(route.path), data={"csrf": csrf(client, "/log-in")})
        assert answer.status_code == 403, route.path


def test_without_users_nobody_reads_through_a_proxy_or_from_elsewhere(site: Site) -> None:
    local = asking(site)
    for header in ("X-Forwarded-For", "Forwarded", "Via", "X-Forwarded-Proto", "X-Real-IP"):
        assert local.get("/", headers={header: "192.0.2.7"}).status_code == 403, header
    assert asking(site, is_own=False).get("/").status_code == 403


def test_without_users_it_listens_at_no_address_of_others(site: Site) -> None:
    for host in ("0.0.0.0", "::", "192.0.2.1", "oms.example.com"):
        with pytest.raises(ConfigurationError, match="users add"):
            serve(console(site), host=host, port=8850, clock=lambda: site.now)


# Roles.


def test_every_page_asks_who_is_there(site: Site) -> None:
    with_user(site, "maria", Role.OPERATOR)
    nobody = asking(site)
    for route in ROUTES:
        if route.role is Role.ANYBODY:
            continue
        if route.method == "GET":
            answer = nobody.get(concrete(route.path))
            assert answer.status_code == 303, route.path
            assert answer.headers["location"].startswith("/log-in?to="), route.path
        else:
            values = {"csrf": csrf(nobody, "/log-in")}
            assert nobody.post(concrete(route.path), data=values).status_code == 403, route.path


def test_a_role_may_what_it_may_and_nothing_above(site: Site) -> None:
    for role in ROLES:
        with_user(site, f"the-{role}", role)
    for role in ROLES:
        client = logged_in(site, f"the-{role}")
        for route in ROUTES:
            if role.may(route.role) or route.method == "GET":
                continue
            answer = send(client, concrete(route.path))
            assert answer.status_code == 403, (role, route.path)
            assert f"needs the role {route.role}" in answer.text


def test_a_role_that_was_taken_away_is_gone_with_the_next_page(site: Site) -> None:
    with_user(site, "maria", Role.OPERATOR)
    client = logged_in(site, "maria")
    users.set_role(site.places.access, "maria", Role.VIEWER, by="root", now=site.now)
    assert send(client, "/log-out").status_code == 303
    client = logged_in(site, "maria")
    assert "viewer" in client.get("/").text
    users.set_locked(site.places.access, "maria", True, by="root", now=site.now)
    assert client.get("/").status_code == 303
    assert try_log_in(asking(site), "maria", PASSWORD).status_code == 401


# Sessions.


def test_a_session_token_is_new_after_each_log_in_and_only_its_hash_is_kept(site: Site) -> None:
    with_user(site, "maria", Role.OPERATOR)
    client = asking(site)
    client.cookies.set("oms_session", "chosen-by-the-attacker-0123456789", domain="localhost.local")
    assert try_log_in(client, "maria", PASSWORD).status_code == 303
    token = cookies_of(client)["oms_session"]
    assert token != "chosen-by-the-attacker-0123456789"
    again = logged_in(site, "maria")
    assert cookies_of(again)["oms_session"] != token
    kept = site.places.access.read_bytes()
    assert token.encode() not in kept
    assert PASSWORD.encode() not in kept


def test_cookies_are_for_us_alone(site: Site) -> None:
    with_user(site, "maria", Role.OPERATOR)
    answer = try_log_in(asking(site), "maria", PASSWORD)
    for cookie in answer.headers.get_list("set-cookie"):
        assert "HttpOnly" in cookie
        assert "samesite=strict" in cookie.lower()
    site.configure("config", CONFIG + 'web: {url: "https://oms.example.com"}\n')
    answer = try_log_in(asking(site), "maria", PASSWORD)
    assert all("; Secure" in cookie for cookie in answer.headers.get_list("set-cookie"))


def test_a_session_ends_by_log_out_by_age_and_by_rest(site: Site) -> None:
    with_user(site, "maria", Role.OPERATOR)
    client = logged_in(site, "maria")
    token = cookies_of(client)["oms_session"]
    assert send(client, "/log-out").status_code == 303
    client.cookies.set("oms_session", token, domain="localhost.local")
    assert client.get("/").status_code == 303
    client = logged_in(site, "maria")
    site.now += timedelta(hours=2, minutes=1)
    assert client.get("/").status_code == 303
    client = logged_in(site, "maria")
    for _ in range(13):
        answer = client.get("/")
        site.now += timedelta(hours=1)
    assert answer.status_code == 200
    assert client.get("/").status_code == 303


def test_a_clock_that_was_a_day_ahead_leaves_no_session_and_no_wait_behind(site: Site) -> None:
    with_user(site, "maria", Role.OPERATOR)
    site.now += timedelta(days=1)
    client = logged_in(site, "maria")
    for number in range(6):
        code = try_log_in(asking(site), "maria", f"guess {number}").status_code
    assert code == 429
    site.now -= timedelta(days=1)
    assert client.get("/").status_code == 303
    client = logged_in(site, "maria")
    site.now -= timedelta(minutes=30)
    assert client.get("/").status_code == 200


def test_a_new_password_ends_every_session(site: Site) -> None:
    with_user(site, "maria", Role.OPERATOR)
    client = logged_in(site, "maria")
    users.set_password(
        site.places.access, "maria", "another battery horse", by="root", now=site.now
    )
    assert client.get("/").status_code == 303
    assert try_log_in(asking(site), "maria", PASSWORD).status_code == 401
    assert logged_in(site, "maria", "another battery horse").get("/").status_code == 200


# Guessing.


def test_who_guesses_has_to_wait_longer_each_time_and_a_right_password_does_not_help(
    site: Site,
) -> None:
    with_user(site, "maria", Role.OPERATOR)
    client = asking(site)
    assert [try_log_in(client, "maria", f"guess {n}").status_code for n in range(6)] == [
        *(401, 401, 401, 401, 401),
        429,
    ]
    assert try_log_in(client, "maria", PASSWORD).status_code == 429
    site.now += timedelta(seconds=31)
    assert try_log_in(client, "maria", "guess 7").status_code == 401
    site.now += timedelta(seconds=31)
    assert try_log_in(client, "maria", PASSWORD).status_code == 429
    site.now += timedelta(seconds=31)
    assert try_log_in(client, "maria", PASSWORD).status_code == 303


def test_guesses_from_one_address_do_not_keep_the_user_out_elsewhere(site: Site) -> None:
    with_user(site, "maria", Role.OPERATOR)
    attacker = asking(site, address="192.0.2.66")
    for number in range(8):
        try_log_in(attacker, "maria", f"guess {number}")
    assert try_log_in(asking(site), "maria", PASSWORD).status_code == 303


def test_one_address_guesses_at_few_names(site: Site) -> None:
    with_user(site, "maria", Role.OPERATOR)
    client = asking(site)
    found = [try_log_in(client, f"user{n}", "password123").status_code for n in range(22)]
    assert found[:20] == [401] * 20
    assert found[20:] == [429, 429]


def test_a_wrong_name_is_answered_as_a_wrong_password_is(site: Site) -> None:
    with_user(site, "maria", Role.OPERATOR)
    wrong = try_log_in(asking(site), "maria", "guess")
    unknown = try_log_in(asking(site), "nobody", "guess")
    assert wrong.status_code == unknown.status_code == 401
    told = re.compile(r'value="[^"]*"')
    assert told.sub("", wrong.text) == told.sub("", unknown.text)


def test_a_password_is_kept_by_argon2id_at_its_usual_cost(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.undo()
    kept = passwords.hashed(PASSWORD, name="maria")
    assert kept.startswith("$argon2id$v=19$m=65536,t=3,p=4$")
    assert passwords.is_right(PASSWORD, kept)
    assert not passwords.is_right(PASSWORD + "x", kept)
    assert not passwords.is_right("", "")
    for easy in ("short", "maria-maria-maria", "aaaaaaaaaaaa", "x" * 501):
        with pytest.raises(Refused):
            passwords.hashed(easy, name="maria")


def test_what_somebody_tried_is_kept(site: Site) -> None:
    with_user(site, "maria", Role.OPERATOR)
    client = asking(site)
    try_log_in(client, "maria", "guess")
    try_log_in(client, "password-in-the-wrong-field", "guess")
    try_log_in(client, "maria", PASSWORD)
    send(client, "/log-out")
    with access.opened(site.places.access) as connection:
        found = access.entries(connection, limit=10)
    assert [(entry.event, entry.user) for entry in reversed(found)] == [
        ("user.added", "maria"),
        ("log_in.refused", "maria"),
        ("log_in.refused", ""),
        ("session.begun", "maria"),
        ("session.ended", "maria"),
    ]
    assert stat.S_IMODE(site.places.access.stat().st_mode) == 0o600


def test_an_administrator_sees_who_may_who_is_there_and_what_was_tried(site: Site) -> None:
    for name, role in (("ada", Role.ADMINISTRATOR), ("maria", Role.OPERATOR)):
        with_user(site, name, role)
    operator = logged_in(site, "maria")
    assert operator.get("/users").status_code == 403
    assert 'href="/users"' not in operator.get("/").text
    try_log_in(asking(site), "maria", "guess")
    ada = logged_in(site, "ada")
    page = ada.get("/users").text
    assert "Log in refused" in page
    assert send(ada, "/users/maria/lock", on="/users", do="lock").status_code == 303
    assert operator.get("/").status_code == 303
    assert try_log_in(asking(site, address="192.0.2.5"), "maria", PASSWORD).status_code == 401
    send(ada, "/users/Maria/lock", on="/users", do="open")
    assert try_log_in(asking(site, address="192.0.2.5"), "maria", PASSWORD).status_code == 303
    for name in ("ada", "ADA", "%20ada"):
        answer = send(ada, f"/users/{name}/lock", on="/users", do="lock")
        assert answer.status_code == 303
        assert "lock yourself out" in ada.get("/users").text


def test_an_administrator_sees_what_is_not_well_and_what_to_do(site: Site) -> None:
    for name, role in (("ada", Role.ADMINISTRATOR), ("maria", Role.OPERATOR)):
        with_user(site, name, role)
    site.drop("buyer", "nothing anybody can read", "letter.txt")
    site.run()
    assert logged_in(site, "maria").get("/health").status_code == 403
    page = logged_in(site, "ada").get("/health").text
    assert "Something should be seen to" in page
    assert page.index("errors are open: edi 1") < page.index("nothing waits to leave")


# Other sites.


def test_a_form_of_another_site_is_refused(site: Site, operator: TestClient) -> None:
    values = {"csrf": csrf(operator), "reason": "x"}
    for headers in (
        {"Origin": "https://evil.example"},
        {"Origin": "null"},
        {"Origin": "http://localhost.evil.example"},
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
    ):
        assert operator.post("/log-out", data=values, headers=headers).status_code == 403, headers
    for token in ("", "0" * 40, csrf(asking(site), "/log-in"), "ü"):
        values["csrf"] = token
        assert operator.post("/log-out", data=values).status_code == 403
    assert operator.get("/").status_code == 200
    answer = operator.post("/log-out", data={"csrf": csrf(operator)})
    assert answer.status_code == 303


def test_no_form_of_another_site_is_taken_whatever_it_is_for(site: Site) -> None:
    with_user(site, "ada", Role.ADMINISTRATOR)
    client = logged_in(site, "ada")
    ours = csrf(client)
    for route in ROUTES:
        if route.method == "GET":
            continue
        path = concrete(route.path)
        for headers, token in (
            ({"Origin": "https://evil.example"}, ours),
            ({"Sec-Fetch-Site": "cross-site"}, ours),
            ({}, "0" * 40),
        ):
            answer = client.post(path, data={"csrf": token, "reason": "x"}, headers=headers)
            assert answer.status_code == 403, (path, headers)


def test_a_log_in_leads_to_no_other_site(site: Site) -> None:
    with_user(site, "maria", Role.OPERATOR)
    for to in (
        "https://evil.example/",
        "//evil.example/",
        "/\\evil.example",
        "\\\\evil.example",
        "javascript:alert(1)",
        "/\t/evil.example",
        "/x\r\nSet-Cookie: a=b",
    ):
        client = asking(site)
        values = {"name": "maria", "password": PASSWORD, "to": to}
        answer = client.post("/log-in", data={"csrf": csrf(client, "/log-in"), **values})
        assert answer.headers["location"] == "/", to


def test_a_link_from_elsewhere_finds_the_session_at_the_second_look(site: Site) -> None:
    with_user(site, "maria", Role.OPERATOR)
    answer = asking(site).get("/?x=1", headers={"Sec-Fetch-Site": "cross-site"})
    assert answer.status_code == 200
    assert 'http-equiv="refresh" content="0; url=/?x=1"' in answer.text


def test_a_form_that_is_too_large_or_says_no_length_is_not_read(client: TestClient) -> None:
    form = {"Content-Type": "application/x-www-form-urlencoded"}
    huge = form | {"Content-Length": "900000000"}
    assert client.post("/log-in", content=b"x", headers=huge).status_code == 413
    chunks = iter([b"csrf=", b"x"])
    assert client.post("/log-in", content=chunks, headers=form).status_code == 411


@pytest.mark.parametrize(
    "kind",
    [
        *(f"multipart/form-data; boundary=x; charset={name}" for name in ("punycode", "idna")),
        "multipart/form-data; charset=unicode_escape; boundary=x",
        "multipart/form-data",
        "application/x-www-form-urlencoded; charset=utf-7",
        *("application/json", "text/plain", ""),
    ],
)
def test_a_form_in_a_codec_of_the_senders_choice_is_not_read(client: TestClient, kind: str) -> None:
    body = b'--x\r\nContent-Disposition: form-data; name="name"\r\n\r\na-b\r\n--x--\r\n'
    answer = client.post("/log-in", content=body, headers={"Content-Type": kind})
    assert answer.status_code == 415


def test_who_is_not_known_sends_no_more_than_fits_a_log_in(
    site: Site, operator: TestClient
) -> None:
    values = {"csrf": csrf(operator), "what": "items", "content": "x" * 70_000, "name": "a.csv"}
    assert operator.post("/imports", data=values).status_code == 422
    for client in (asking(site), asking(site, is_own=False)):
        for path in ("/imports", "/log-in"):
            answer = client.post(path, data=values)
            assert (answer.status_code, "log in" in answer.text.lower()) == (403, True)


# Single sign-on.

_PROXIED = CONFIG + "web: {sso_header: X-Remote-User, proxies: [192.0.2.1]}\n"


def test_a_named_proxy_tells_who_is_there_and_nobody_else_does(site: Site) -> None:
    site.configure("config", _PROXIED)
    with_user(site, "maria", Role.OPERATOR, password="")
    told = {"X-Remote-User": "maria", "X-Forwarded-For": "10.9.9.9"}
    proxy = asking(site, address="192.0.2.1")
    answer = proxy.get("/", headers=told)
    assert "maria" in answer.text
    assert proxy.get("/").status_code == 303  # the proxy says nobody is there any more
    assert proxy.get("/", headers=told | {"X-Remote-User": "paul"}).status_code == 303
    assert asking(site, address="192.0.2.2").get("/", headers=told).status_code == 303
    two = [("X-Remote-User", "maria"), ("X-Remote-User", "root")]
    assert asking(site, address="192.0.2.1").get("/", headers=two).status_code == 303
    assert try_log_in(asking(site), "maria", "").status_code == 401
    with access.opened(site.places.access) as connection:
        begun = [e for e in access.entries(connection, limit=20) if e.event == "session.begun"]
    assert {(entry.address, entry.text) for entry in begun} == {("10.9.9.9", "sso")}


def test_a_header_that_was_configured_while_it_serves_lets_nobody_in(site: Site) -> None:
    """What is taken off others' requests is known from the start; so is what is believed."""
    with_user(site, "ada", Role.ADMINISTRATOR)
    source = console(site)
    app = make_app(source, clock=lambda: site.now)
    other = TestClient(
        app, base_url="http://localhost", follow_redirects=False, client=("10.9.9.9", 50000)
    )
    assert other.get("/users", headers={"X-Remote-User": "ada"}).status_code == 303
    site.configure("config", _PROXIED)
    source.look_again()
    assert other.get("/users", headers={"X-Remote-User": "ada"}).status_code == 303
    assert source.settings()[0].web.sso_header == "X-Remote-User"


def test_the_address_is_the_last_that_no_proxy_of_ours_has(site: Site) -> None:
    site.configure("config", CONFIG + "web: {proxies: [192.0.2.0/24]}\n")
    with_user(site, "maria", Role.OPERATOR)
    client = asking(site, address="192.0.2.1")
    client.headers["X-Forwarded-For"] = "1.2.3.4, 198.51.100.7, 192.0.2.9"
    try_log_in(client, "maria", PASSWORD)
    with access.opened(site.places.access) as connection:
        assert access.entries(connection, limit=1)[0].address == "198.51.100.7"


# The command line.


def test_users_are_managed_by_commands_that_never_take_a_password_as_an_argument(
    site: Site,
) -> None:
    def users_command(*arguments: str, stdin: str = "", code: int = 0) -> str:
        done = run_command(("users", *arguments), folder=site.root, stdin=stdin)
        assert done.code == code, done
        return done.stdout + done.stderr

    assert "there are no users" in users_command("list")
    assert "there are no users" in users_command("role", "maria", "viewer", code=1)
    assert "maria is operator" in users_command(
        *("add", "Maria", "--role", "operator"), stdin=f"{PASSWORD}\n"
    )
    assert "already" in users_command("add", "maria", "--role", "viewer", stdin=PASSWORD, code=1)
    assert "10 to 500" in users_command("add", "paul", "--role", "viewer", stdin="short\n", code=1)
    assert "no name of a user" in users_command(
        *("add", "../evil", "--role", "viewer", "--no-password"), code=1
    )
    assert logged_in(site, "maria").get("/").status_code == 200
    users_command("role", "maria", "administrator")
    users_command("password", "maria", stdin="another battery horse\n")
    users_command("lock", "maria")
    assert "locked already" in users_command("lock", "maria", code=1)
    users_command("lock", "maria", "--open")
    assert logged_in(site, "maria", "another battery horse").get("/users").status_code == 200
    users_command("remove", "maria")
    told = users_command("log")
    for event in ("added", "role_changed", "password_changed", "locked", "unlocked", "removed"):
        assert f"user.{event}" in told
    assert PASSWORD not in told
