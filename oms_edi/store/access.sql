-- Who may what in the console: beside the order book, which is replayed, simulated and copied.
-- Nothing here opens a door by itself: passwords, tokens and keys are kept as hashes only, and what
-- addresses are signed with signs nothing of which the hash is not here, too.

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

-- Lists of orders somebody comes back to.
CREATE TABLE views (
    user        TEXT NOT NULL REFERENCES users (name) ON DELETE CASCADE,
    name        TEXT NOT NULL,
    link        TEXT NOT NULL,             -- path and query of this site
    PRIMARY KEY (user, name)
) STRICT, WITHOUT ROWID;

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

-- What programs of partners ask with; the key itself was shown once.
CREATE TABLE api_keys (
    key_id      INTEGER PRIMARY KEY,
    partner     TEXT NOT NULL,
    name        TEXT NOT NULL,             -- what it is for
    key_sha     TEXT NOT NULL UNIQUE,      -- SHA-256 of the key: it is long and random
    ending      TEXT NOT NULL,             -- its last characters, to tell keys apart
    scopes      TEXT NOT NULL,             -- with blanks between
    per_minute  INTEGER NOT NULL CHECK (per_minute >= 1),
    created_at  TEXT NOT NULL,
    expires_at  TEXT,                      -- NULL: never
    revoked_at  TEXT,
    seen_at     TEXT NOT NULL DEFAULT ''   -- '': never used
) STRICT;

-- Addresses of status pages; the address itself was shown once.
CREATE TABLE status_links (
    link_id     INTEGER PRIMARY KEY,
    token_sha   TEXT NOT NULL UNIQUE,      -- SHA-256 of the random part of the address
    partner     TEXT NOT NULL,
    order_id    INTEGER,                   -- NULL: all orders of the partner
    created_at  TEXT NOT NULL,
    created_by  TEXT NOT NULL,
    expires_at  TEXT NOT NULL,
    revoked_at  TEXT
) STRICT;
CREATE INDEX status_links_by_order ON status_links (order_id);

-- What addresses are signed with; without it nobody can make one up, whatever else they know.
CREATE TABLE secrets (
    name        TEXT PRIMARY KEY,
    value       BLOB NOT NULL
) STRICT;
