-- Version 1.  Times are ISO 8601 in UTC; certificates and keys are DER.

CREATE TABLE setting (
    name TEXT PRIMARY KEY,
    value TEXT NOT NULL                 -- JSON
) STRICT;

CREATE TABLE user (
    name TEXT PRIMARY KEY,
    role TEXT NOT NULL,
    password TEXT,                      -- scrypt hash; none: keys alone let in
    public_keys TEXT NOT NULL           -- authorized_keys lines
) STRICT;

CREATE TABLE host_key (
    id INTEGER PRIMARY KEY,
    private_key TEXT NOT NULL           -- OpenSSH format
) STRICT;

CREATE TABLE key_pair (
    slot TEXT PRIMARY KEY,              -- server: installed; pending: awaits its certificate
    private_key BLOB NOT NULL,          -- PKCS 8
    certificate BLOB
) STRICT;

CREATE TABLE trust_zone (
    zone TEXT PRIMARY KEY,
    certificate_check TEXT NOT NULL
) STRICT;

CREATE TABLE tofu_entry (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    host TEXT NOT NULL,
    port INTEGER NOT NULL,
    certificate BLOB NOT NULL,
    learned TEXT NOT NULL,
    UNIQUE (host, port)
) STRICT;

CREATE TABLE trusted_ca (
    store TEXT NOT NULL,                -- a trust zone, or server: what signs our own
    alias TEXT NOT NULL,
    certificate BLOB NOT NULL,
    PRIMARY KEY (store, alias)
) STRICT;

CREATE TABLE ha_event (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    time TEXT NOT NULL,
    state TEXT NOT NULL,
    description TEXT NOT NULL
) STRICT;

CREATE TABLE ise_server (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    address TEXT NOT NULL UNIQUE,
    port INTEGER NOT NULL,
    username TEXT NOT NULL,
    password TEXT NOT NULL,             -- sent to the ISE server at each poll
    timeout REAL NOT NULL,              -- seconds
    role TEXT NOT NULL,
    version TEXT NOT NULL,
    status TEXT NOT NULL
) STRICT;
