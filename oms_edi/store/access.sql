-- Who may what in the console: beside the order book, which is replayed, simulated and copied.
-- Nothing here opens a door by itself: passwords, tokens and keys are kept as hashes only.

CREATE TABLE users (
    name        TEXT PRIMARY KEY,
    role        TEXT NOT NULL CHECK (role IN ('viewer', 'operator', 'administrator')),
    password    TEXT NOT NULL,             -- argon2 hash; '' for one who comes by single sign-on only
    created_at  TEXT NOT NULL,
    locked_at   TEXT                       -- NULL: may log in
) STRICT;

CREATE TABLE sessions (
    token_sha   TEXT PRIMARY KEY,          -- SHA-256 of what the cookie holds
    user        TEXT NOT NULL REFERENCES users (name) ON DELETE CASCADE,
    how         TEXT NOT NULL CHECK (how IN ('password', 'sso')),
    created_at  TEXT NOT NULL,
    seen_at     TEXT NOT NULL,
    address     TEXT NOT NULL
) STRICT;
CREATE INDEX sessions_by_user ON sessions (user);

-- Tries that failed in a row, of a name from an address, of a name, of an address.
CREATE TABLE failures (
    subject     TEXT PRIMARY KEY,
    tries       INTEGER NOT NULL,
    last_at     TEXT NOT NULL,
    wait_until  TEXT NOT NULL              -- '' while nothing is waited for
) STRICT;

CREATE TABLE access_log (
    entry_id    INTEGER PRIMARY KEY,
    at          TEXT NOT NULL,
    event       TEXT NOT NULL,             -- noun.participle
    user        TEXT NOT NULL,             -- whom it is about
    actor       TEXT NOT NULL,             -- who did it
    address     TEXT NOT NULL,
    text        TEXT NOT NULL
) STRICT;
CREATE INDEX access_log_by_time ON access_log (at);
