"""A purge takes what nothing rests on, and only when told to."""

import os
from datetime import timedelta

from oms_edi.domain.role import Role
from oms_edi.domain.scope import Scope
from oms_edi.pipeline.intake import quarantine
from oms_edi.store import access, api_keys, notifications, status_links
from oms_edi.store.database import scratch_tx
from oms_edi.web import keys, links, log_in, users
from tests.support.command import read, run
from tests.support.edi import interchange, x850
from tests.support.site import NOW, Site


def test_only_what_was_seen_to_goes_and_only_when_told(site: Site) -> None:
    site.send("buyer", interchange(x850("PO1", "1*2*EA*4.00**VN*A1"), control=1))
    site.send("buyer", b"first oddity", "1.txt")
    site.send("buyer", b"second oddity", "2.txt")
    quarantine.discard(site.step(), 2, actor="ann", reason="a test")
    connection = site.step().connection
    with scratch_tx(connection):
        notifications.owe(connection, "ann", [1, 2], at=site.step().at)
        notifications.settle(connection, [1, 2], "sent", message="m", at=site.step().at)
    kept = site.places.var / "oms.db.version-0"
    kept.write_bytes(b"x" * 1000)
    os.utime(kept, (NOW.timestamp(), NOW.timestamp()))
    later = (NOW + timedelta(days=100)).isoformat()
    assert read(site.root, "purge", "--now", (NOW + timedelta(days=5)).isoformat()) == {
        "quarantine_copies": 0,
        "books_before_migrations": [],
        "notifications": 0,
        "sessions": 0,
        "bytes": 0,
        "removed": False,
    }
    told = run(site.root, "purge", "--dry-run", "--now", later)
    assert "would remove 1 copy" in told
    copies = site.places.quarantine / "buyer"
    assert len(list(copies.iterdir())) == 2
    before = (site.content_hash(), site.delivered())
    done = read(site.root, "purge", "--yes", "--now", later)
    assert (done["quarantine_copies"], done["notifications"]) == (1, 1)
    assert not kept.exists()
    (left,) = copies.iterdir()
    assert (left / "content").read_bytes() == b"second oddity"
    assert (site.content_hash(), site.delivered()) == before
    assert read(site.root, "purge", "--yes", "--now", later)["bytes"] == 0
    assert site.query("SELECT exception_id FROM notifications") == [(2,)]


def test_sessions_and_log_ins_nobody_needs_any_more_go_and_users_stay(site: Site) -> None:
    path = site.places.access
    users.add(path, "maria", Role.OPERATOR, "", by="ann", now=NOW)
    with access.opened(path) as connection, access.changed(connection):
        log_in.begin(connection, user="maria", how="sso", address="", now=NOW)
    early, late = ((NOW + timedelta(days=d)).isoformat() for d in (50, 100))
    assert read(site.root, "purge", "--yes", "--now", early)["sessions"] == 0
    assert read(site.root, "purge", "--yes", "--now", late)["sessions"] == 3
    assert read(site.root, "purge", "--now", late)["sessions"] == 0
    assert [user["name"] for user in read(site.root, "users", "list")] == ["maria"]


def test_links_and_keys_that_are_over_go_and_those_in_force_stay(site: Site) -> None:
    path = site.places.access
    site.step()
    for days in (10, None):
        keys.add(
            path,
            "portal",
            "k",
            scopes=[Scope.ORDERS_READ],
            per_minute=1,
            days=days,
            by="ann",
            now=NOW,
        )
    for days in (10, 300):
        links.make(site.config, path, partner="portal", order_id=None, days=days, by="ann", now=NOW)
    late = (NOW + timedelta(days=150)).isoformat()
    before = read(site.root, "purge", "--now", late)["sessions"]
    assert read(site.root, "purge", "--yes", "--now", late)["sessions"] == before == 6
    with access.opened(path) as connection:
        assert [key.key_id for key in api_keys.keys(connection, partner=None, limit=9)] == [2]
        assert [link.link_id for link in status_links.links(connection, limit=9)] == [2]
