-- Every statement of the SQLite store. A parameter :rows is a JSON array of rows, so that one statement writes a whole
-- batch with the interpreter's lock released: executemany would take and release it once a row.

-- name: births
-- New conversations.
INSERT INTO conv (number, name, address, seed, attended, status, born, changed, birth, fingerprint)
SELECT value ->> 0, value ->> 1, value ->> 2, value ->> 3, value ->> 4, 'waiting', value ->> 5, value ->> 5, value -> 6, value ->> 7
FROM jsonb_each(:rows);
INSERT INTO address (address, conv) SELECT value ->> 2, value ->> 0 FROM jsonb_each(:rows);

-- name: checkpoints
-- A state is stored, and the journal before it goes.
UPDATE conv SET base = r.value ->> 1, draws = r.value ->> 2, state = r.value -> 3, fingerprint = r.value ->> 4
FROM jsonb_each(:rows) AS r WHERE conv.number = r.value ->> 0;
DELETE FROM journal WHERE id IN (
    SELECT j.id FROM jsonb_each(:rows) AS r JOIN journal AS j ON j.conv = r.value ->> 0 AND j.seq < r.value ->> 1
);
DELETE FROM blob WHERE id IN (
    SELECT b.id FROM jsonb_each(:rows) AS r
    JOIN blob AS b ON b.kind = 'journal' AND b.owner = r.value ->> 0 AND b.seq < r.value ->> 1
);

-- name: journal
-- One row a turn.
INSERT INTO journal (conv, seq, row) SELECT value ->> 0, value ->> 1, value -> 2 FROM jsonb_each(:rows);

-- name: blobs
-- Large bodies.
INSERT OR REPLACE INTO blob (kind, owner, seq, body) SELECT value ->> 0, value ->> 1, value ->> 2, value -> 3 FROM jsonb_each(:rows);

-- name: seen
-- What was consumed; the unique key is the backstop, duplicates are looked up before.
INSERT INTO seen (account, id, at) SELECT value ->> 0, value ->> 1, value ->> 2 FROM jsonb_each(:rows);

-- name: inbox
-- Inputs kept for later.
INSERT INTO inbox (id, conv, kind, at, body)
SELECT value ->> 0, value ->> 1, value ->> 2, value ->> 3, value -> 4 FROM jsonb_each(:rows);

-- name: taken
-- Kept inputs that were consumed.
DELETE FROM inbox WHERE id IN (SELECT value ->> 0 FROM jsonb_each(:rows));

-- name: outbox
-- What was said.
INSERT INTO outbox (number, conv, account, room, status, epoch, at, once, body)
SELECT value ->> 0, value ->> 1, value ->> 2, value ->> 3, value ->> 4, value ->> 5, value ->> 6, value ->> 7, value -> 8
FROM jsonb_each(:rows);

-- name: marks
-- What became of messages.
UPDATE outbox SET status = r.value ->> 1, ref = r.value ->> 2, error = r.value ->> 3, attempts = r.value ->> 4,
    awaited = max(awaited, r.value ->> 5)
FROM jsonb_each(:rows) AS r WHERE outbox.number = r.value ->> 0;

-- name: promotions
-- Messages that go out right after this commit.
UPDATE outbox SET status = 'sending', epoch = r.value ->> 1, doubled = doubled + (r.value ->> 2)
FROM jsonb_each(:rows) AS r WHERE outbox.number = r.value ->> 0;

-- name: awaited
-- Messages whose delivery a conversation waits for.
UPDATE outbox SET awaited = 1 WHERE number IN (SELECT value ->> 0 FROM jsonb_each(:rows));

-- name: heard
-- Whoever waited for these has heard.
UPDATE outbox SET awaited = 0 WHERE number IN (SELECT value ->> 0 FROM jsonb_each(:rows));

-- name: steps
-- Steps that begin right after this commit.
INSERT OR REPLACE INTO step (conv, path, epoch) SELECT value ->> 0, value ->> 1, value ->> 2 FROM jsonb_each(:rows);

-- name: stepped
-- Steps whose outcome is journaled, or that were cancelled.
DELETE FROM step WHERE (conv, path) IN (SELECT value ->> 0, value ->> 1 FROM jsonb_each(:rows));

-- name: writes
-- chat.data
INSERT OR REPLACE INTO data (user, key, value) SELECT value ->> 0, value ->> 1, value -> 2 FROM jsonb_each(:rows);

-- name: deletes
-- chat.data
DELETE FROM data WHERE (user, key) IN (SELECT value ->> 0, value ->> 1 FROM jsonb_each(:rows));

-- name: timers
-- Deadlines; a due of 0 removes one.
INSERT INTO timer (conv, due) SELECT value ->> 0, value ->> 1 FROM jsonb_each(:rows) WHERE true
ON CONFLICT (conv) DO UPDATE SET due = excluded.due;
DELETE FROM timer WHERE conv IN (SELECT value ->> 0 FROM jsonb_each(:rows) WHERE value ->> 1 = 0) AND due = 0;

-- name: schedules
-- Schedules, new or moved on.
INSERT INTO schedule (number, name, address, zone, spec, due, anchor)
SELECT value ->> 0, value ->> 1, value ->> 2, value ->> 3, value ->> 4, value ->> 5, value ->> 6 FROM jsonb_each(:rows) WHERE true
ON CONFLICT (number) DO UPDATE SET zone = excluded.zone, due = excluded.due, anchor = excluded.anchor;

-- name: unscheduled
-- Schedules that are no more.
DELETE FROM schedule WHERE number IN (SELECT value ->> 0 FROM jsonb_each(:rows));

-- name: statuses
-- Conversations that failed, diverged, or go on. A failed one releases its address, a diverged one keeps it.
UPDATE conv SET status = r.value ->> 1, changed = r.value ->> 2, error = r.value ->> 3, fingerprint = r.value ->> 4
FROM jsonb_each(:rows) AS r WHERE conv.number = r.value ->> 0;
DELETE FROM address WHERE conv IN (SELECT value ->> 0 FROM jsonb_each(:rows) WHERE NOT value ->> 5)
AND address IN (SELECT c.address FROM jsonb_each(:rows) JOIN conv AS c ON c.number = value ->> 0);
DELETE FROM timer WHERE conv IN (SELECT value ->> 0 FROM jsonb_each(:rows) WHERE value ->> 1 = 'failed');
INSERT OR IGNORE INTO address (address, conv)
SELECT c.address, c.number FROM jsonb_each(:rows) JOIN conv AS c ON c.number = value ->> 0 WHERE value ->> 5;

-- name: retried
-- Messages to be sent once more.
UPDATE outbox SET status = 'pending', error = '' WHERE number IN (SELECT value ->> 0 FROM jsonb_each(:rows));

-- name: ends
-- Conversations that are over.
UPDATE conv SET status = r.value ->> 2, changed = r.value ->> 3, error = NULL
FROM jsonb_each(:rows) AS r WHERE conv.number = r.value ->> 0;
DELETE FROM address WHERE (address, conv) IN (SELECT value ->> 1, value ->> 0 FROM jsonb_each(:rows));
DELETE FROM timer WHERE conv IN (SELECT value ->> 0 FROM jsonb_each(:rows));
DELETE FROM step WHERE conv IN (SELECT value ->> 0 FROM jsonb_each(:rows));
DELETE FROM inbox WHERE conv IN (SELECT value ->> 0 FROM jsonb_each(:rows));

-- name: known
-- Which ids were consumed before.
SELECT s.account, s.id FROM json_each(:rows) AS r JOIN seen AS s ON s.account = r.value ->> 0 AND s.id = r.value ->> 1;

-- name: at
-- The conversations that live at some addresses, the oldest first.
SELECT a.conv FROM json_each(:rows) AS r JOIN address AS a ON a.address = r.value ORDER BY a.conv;

-- name: parked
-- Conversations by number.
SELECT c.number, c.name, c.address, c.seed, c.attended, c.status, c.born, c.base, c.draws, c.birth, c.state, c.error,
    c.fingerprint, coalesce(t.due, 0), c.changed
FROM json_each(:rows) AS r JOIN conv AS c ON c.number = r.value LEFT JOIN timer AS t ON t.conv = c.number
ORDER BY c.number;

-- name: rows
-- Their journals.
SELECT j.conv, j.seq, j.row FROM json_each(:rows) AS r JOIN journal AS j ON j.conv = r.value ORDER BY j.conv, j.seq;

-- name: blob
-- One large body.
SELECT body FROM blob WHERE kind = ? AND owner = ? AND seq = ?;

-- name: held
-- The inputs that they have not consumed.
SELECT i.conv, i.id, i.kind, i.at, i.body FROM json_each(:rows) AS r JOIN inbox AS i ON i.conv = r.value ORDER BY i.id;

-- name: steps_of
-- Their steps under way.
SELECT s.conv, s.path, s.epoch FROM json_each(:rows) AS r JOIN step AS s ON s.conv = r.value ORDER BY s.conv, s.path;

-- name: data
-- chat.data of some users.
SELECT d.user, d.key, d.value FROM json_each(:rows) AS r JOIN data AS d ON d.user = r.value;

-- name: due
-- The next deadlines.
SELECT due, conv FROM timer WHERE (due, conv) > (?, ?) ORDER BY due, conv LIMIT ?;

-- name: planned
-- The next runs.
SELECT number, name, address, zone, spec, due, anchor FROM schedule
WHERE due > 0 AND (due, number) > (?, ?) ORDER BY due, number LIMIT ?;

-- name: schedules_of
-- All schedules of one account's recipients.
SELECT number, name, address, zone, spec, due, anchor FROM schedule WHERE address >= ? AND address < ? ORDER BY number;

-- name: open_outbox
-- What is not decided yet.
SELECT number, conv, account, room, status, epoch, attempts, at, once, body FROM outbox
WHERE status IN ('pending', 'sending') ORDER BY number;

-- name: outgoing
-- What became of some messages.
SELECT o.number, o.status, o.ref, o.error, o.conv FROM json_each(:rows) AS r JOIN outbox AS o ON o.number = r.value;

-- name: unfinished
-- Conversations to be woken at the start: with steps under way, with inputs kept, or waiting for a delivery.
SELECT number FROM conv WHERE status = 'waiting' AND number IN (SELECT conv FROM step UNION SELECT conv FROM inbox);

-- name: homes
-- Where conversations live.
SELECT DISTINCT c.address FROM json_each(:rows) AS r JOIN conv AS c ON c.number = r.value WHERE c.status IN ('waiting', 'diverged');

-- name: undelivered
-- Messages of one conversation that failed or are uncertain.
SELECT number, conv, account, room, status, epoch, attempts, at, once, body FROM outbox
WHERE status IN ('failed', 'uncertain') AND conv = ? ORDER BY number;

-- name: identity
-- A name for this store, so that keys of two stores never meet.
SELECT value FROM meta WHERE key = 'identity';

-- name: unheard
-- Decided messages whose fate somebody must still hear of.
SELECT conv, number, CASE status WHEN 'sent' THEN '' ELSE coalesce(nullif(error, ''), status) END FROM outbox
WHERE awaited = 1 AND status IN ('sent', 'failed', 'uncertain') ORDER BY number;

-- name: troubled
-- Failed or diverged conversations.
SELECT number FROM conv WHERE status = ? AND status IN ('failed', 'diverged') ORDER BY number;

-- name: counters
-- Where the ids stand.
SELECT coalesce((SELECT max(number) FROM conv), 0), coalesce((SELECT max(number) FROM outbox), 0),
    coalesce((SELECT max(id) FROM inbox), 0), coalesce((SELECT max(number) FROM schedule), 0);

-- name: epoch
-- A new owner.
INSERT INTO meta (key, value) VALUES ('epoch', 1) ON CONFLICT (key) DO UPDATE SET value = value + 1 RETURNING value;

-- name: purge_seen
-- The oldest ids.
DELETE FROM seen WHERE rowid IN (SELECT rowid FROM seen ORDER BY rowid LIMIT 2000) AND at < ?;

-- name: listing
-- All conversations that are not over, for a reader.
SELECT number FROM conv WHERE status = 'waiting' OR status IN ('failed', 'diverged') ORDER BY number;

-- name: all_conversations
-- All conversations, the over ones too, for a reader.
SELECT number FROM conv ORDER BY number DESC LIMIT ?;

-- name: said
-- What one conversation said, for a reader.
SELECT number, status, attempts, doubled, at, ref, error, body FROM outbox WHERE conv = ? ORDER BY number;

-- name: tallies
-- Figures for a reader.
SELECT
    (SELECT count(*) FROM address),
    (SELECT count(*) FROM conv WHERE status = 'failed'),
    (SELECT count(*) FROM conv WHERE status = 'diverged'),
    (SELECT count(*) FROM outbox WHERE status IN ('pending', 'sending')),
    (SELECT count(*) FROM outbox WHERE status = 'failed'),
    (SELECT count(*) FROM outbox WHERE status = 'uncertain'),
    (SELECT coalesce(sum(doubled), 0) FROM outbox WHERE doubled > 0);

-- name: newest
-- The newest conversations under way, and the newest that are in trouble, for a reader.
SELECT number FROM (
    SELECT number FROM (SELECT number FROM conv WHERE status IN ('failed', 'diverged') ORDER BY number DESC LIMIT :limit)
    UNION
    SELECT number FROM (SELECT number FROM conv WHERE status = 'waiting' ORDER BY number DESC LIMIT :limit)
) ORDER BY number DESC LIMIT :limit;

-- name: in_flight
-- The next conversations that a start would take up, for a reader.
SELECT number FROM conv WHERE number > ? AND status IN ('waiting', 'diverged') ORDER BY number LIMIT ?;
