CREATE TABLE meta (key TEXT PRIMARY KEY, value) WITHOUT ROWID;
CREATE TABLE conv (
    number INTEGER PRIMARY KEY,
    name TEXT NOT NULL,
    address TEXT NOT NULL,
    seed TEXT NOT NULL,
    attended INTEGER NOT NULL,
    status TEXT NOT NULL,
    born INTEGER NOT NULL,
    changed INTEGER NOT NULL,
    base INTEGER NOT NULL DEFAULT 0,
    draws INTEGER NOT NULL DEFAULT 0,
    birth TEXT NOT NULL,
    state TEXT,
    error TEXT,
    fingerprint TEXT NOT NULL
);
CREATE INDEX conv_trouble ON conv (status, number) WHERE status IN ('failed', 'diverged');
CREATE INDEX conv_over ON conv (changed) WHERE status IN ('ended', 'cancelled');
CREATE TABLE address (
    address TEXT NOT NULL,
    conv INTEGER NOT NULL,
    PRIMARY KEY (address, conv)
) WITHOUT ROWID;
CREATE TABLE journal (
    id INTEGER PRIMARY KEY,
    conv INTEGER NOT NULL,
    seq INTEGER NOT NULL,
    row TEXT NOT NULL
);
CREATE UNIQUE INDEX journal_conv ON journal (conv, seq);
CREATE TABLE seen (
    account TEXT NOT NULL,
    id TEXT NOT NULL,
    at INTEGER NOT NULL
);
CREATE UNIQUE INDEX seen_id ON seen (account, id);
CREATE TABLE inbox (
    id INTEGER PRIMARY KEY,
    conv INTEGER NOT NULL,
    kind TEXT NOT NULL,
    at INTEGER NOT NULL,
    body TEXT NOT NULL
);
CREATE INDEX inbox_conv ON inbox (conv);
CREATE INDEX inbox_wakes ON inbox (conv) WHERE kind <> 'message';
CREATE TABLE outbox (
    number INTEGER PRIMARY KEY,
    conv INTEGER NOT NULL,
    account TEXT NOT NULL,
    room TEXT NOT NULL,
    status TEXT NOT NULL,
    epoch INTEGER NOT NULL,
    attempts INTEGER NOT NULL DEFAULT 0,
    doubled INTEGER NOT NULL DEFAULT 0,
    awaited INTEGER NOT NULL DEFAULT 0,
    at INTEGER NOT NULL,
    once INTEGER NOT NULL,
    body TEXT NOT NULL,
    ref TEXT NOT NULL DEFAULT '',
    error TEXT NOT NULL DEFAULT ''
);
CREATE INDEX outbox_conv ON outbox (conv) WHERE conv > 0;
CREATE INDEX outbox_own ON outbox (at) WHERE conv = 0 AND status IN ('sent', 'failed', 'uncertain');
CREATE INDEX outbox_open ON outbox (number) WHERE status IN ('pending', 'sending');
CREATE INDEX outbox_trouble ON outbox (conv, status) WHERE status IN ('failed', 'uncertain');
CREATE INDEX outbox_awaited ON outbox (number) WHERE awaited = 1;
CREATE INDEX outbox_doubled ON outbox (number) WHERE doubled > 0;
CREATE TABLE timer (conv INTEGER PRIMARY KEY, due INTEGER NOT NULL);
CREATE INDEX timer_due ON timer (due, conv);
CREATE TABLE step (
    conv INTEGER NOT NULL,
    path TEXT NOT NULL,
    epoch INTEGER NOT NULL,
    PRIMARY KEY (conv, path)
) WITHOUT ROWID;
CREATE TABLE data (
    user TEXT NOT NULL,
    key TEXT NOT NULL,
    value TEXT NOT NULL,
    PRIMARY KEY (user, key)
) WITHOUT ROWID;
CREATE TABLE schedule (
    number INTEGER PRIMARY KEY,
    name TEXT NOT NULL,
    address TEXT NOT NULL,
    zone TEXT NOT NULL,
    spec TEXT NOT NULL,
    due INTEGER NOT NULL,
    anchor INTEGER NOT NULL
);
CREATE UNIQUE INDEX schedule_recipient ON schedule (address, name, spec);
CREATE INDEX schedule_due ON schedule (due, number) WHERE due > 0;
CREATE TABLE blob (
    id INTEGER PRIMARY KEY,
    kind TEXT NOT NULL,
    owner INTEGER NOT NULL,
    seq INTEGER NOT NULL,
    body TEXT NOT NULL
);
CREATE UNIQUE INDEX blob_owner ON blob (kind, owner, seq);
