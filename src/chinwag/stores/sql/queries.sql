-- What the owner and readers ask. A parameter :rows is a JSON array without duplicates, and what it names is looked up by an
-- index. A body of 0 stands for one in the blobs.

-- name: commit
-- Apply a batch, each field as JSON in bytes, or null; see commit.sql.
INSERT INTO batch VALUES (
    CAST(:births AS TEXT), CAST(:journal AS TEXT), CAST(:blobs AS TEXT), CAST(:checkpoints AS TEXT), CAST(:seen AS TEXT),
    CAST(:inbox AS TEXT), CAST(:taken AS TEXT), CAST(:outbox AS TEXT), CAST(:marks AS TEXT), CAST(:retried AS TEXT),
    CAST(:promotions AS TEXT), CAST(:heard AS TEXT), CAST(:awaited AS TEXT), CAST(:stepped AS TEXT), CAST(:steps AS TEXT),
    CAST(:writes AS TEXT), CAST(:deletes AS TEXT), CAST(:timers AS TEXT), CAST(:schedules AS TEXT),
    CAST(:unscheduled AS TEXT), CAST(:statuses AS TEXT), CAST(:ends AS TEXT), CAST(:moves AS TEXT)
);

-- name: purge
-- Forget a piece of what is old; see retention.sql.
INSERT INTO purge VALUES (:ended, :seen, :most);

-- name: sweep
-- Forget what conversations said long ago that go on from checkpoint to checkpoint; see retention.sql.
INSERT INTO sweep VALUES (:ended, :after, :until);

-- name: sweep_until
-- How far a piece of that reaches, and when the last of it was said.
SELECT number, at FROM outbox WHERE number > :after ORDER BY number LIMIT 1 OFFSET :most;

-- name: epoch
-- A new owner.
INSERT INTO meta (key, value) VALUES ('epoch', 1) ON CONFLICT (key) DO UPDATE SET value = value + 1 RETURNING value;

-- name: counters
-- Where the ids stand. Of conversations and messages the highest may have been purged, and was noted.
SELECT
    max(coalesce((SELECT max(number) FROM conv), 0), coalesce((SELECT value FROM meta WHERE key = 'conversation'), 0)),
    max(coalesce((SELECT max(number) FROM outbox), 0), coalesce((SELECT value FROM meta WHERE key = 'outbox'), 0)),
    coalesce((SELECT max(id) FROM inbox), 0),
    coalesce((SELECT max(number) FROM schedule), 0);

-- name: identity
-- A name for this store.
SELECT value FROM meta WHERE key = 'identity';

-- name: known
-- Which ids, in lists by account, were consumed before.
SELECT s.account, s.id FROM json_each(:rows) AS a CROSS JOIN json_each(a.value) AS r
CROSS JOIN seen AS s ON s.account = a.key AND s.id = r.value;

-- name: last_seen
-- What was consumed last of an account, among the ids between two.
SELECT id, at FROM seen WHERE account = ? AND id >= ? AND id < ? ORDER BY rowid DESC LIMIT 1;

-- name: at
-- The conversations that live at some addresses, the oldest first.
SELECT a.conv FROM json_each(:rows) AS r CROSS JOIN address AS a ON a.address = r.value ORDER BY a.conv;

-- name: homes
-- Where conversations live.
SELECT DISTINCT c.address FROM json_each(:rows) AS r CROSS JOIN conv AS c ON c.number = r.value
WHERE c.status IN ('waiting', 'diverged');

-- name: parked
-- Conversations by number.
SELECT c.number, c.name, c.address, c.seed, c.attended, c.status, c.born, c.base, c.draws,
    CASE c.birth WHEN '0' THEN coalesce((SELECT body FROM blob WHERE kind = 'birth' AND owner = c.number), '') ELSE c.birth END,
    CASE c.state WHEN '0' THEN coalesce((SELECT body FROM blob WHERE kind = 'state' AND owner = c.number), '') ELSE c.state END,
    c.error, c.fingerprint, coalesce(t.due, 0), c.changed
FROM json_each(:rows) AS r CROSS JOIN conv AS c ON c.number = r.value LEFT JOIN timer AS t ON t.conv = c.number
ORDER BY c.number;

-- name: rows
-- Their journals.
SELECT j.conv, j.seq, CASE j.row
    WHEN '0' THEN coalesce((SELECT body FROM blob WHERE kind = 'journal' AND owner = j.conv AND seq = j.seq), '')
    ELSE j.row END
FROM json_each(:rows) AS r CROSS JOIN journal AS j ON j.conv = r.value ORDER BY j.conv, j.seq;

-- name: held
-- The inputs that they have not consumed.
SELECT i.conv, i.id, i.kind, i.at, i.body FROM json_each(:rows) AS r CROSS JOIN inbox AS i ON i.conv = r.value ORDER BY i.id;

-- name: steps_of
-- Their steps under way.
SELECT s.conv, s.path, s.epoch FROM json_each(:rows) AS r CROSS JOIN step AS s ON s.conv = r.value ORDER BY s.conv, s.path;

-- name: data
-- chat.data of some users.
SELECT d.user, d.key, d.value FROM json_each(:rows) AS r CROSS JOIN data AS d ON d.user = r.value ORDER BY d.user, d.key;

-- name: kept
-- What networks keep under a key: as data of a user who has no id. Accounts are found one behind the other, by a seek
-- each, so the data of their users are not gone through; what follows `account/...` at the least is `account0`.
WITH RECURSIVE owner (user) AS (
    SELECT min(user) FROM data
    UNION ALL
    SELECT (SELECT min(d.user) FROM data AS d WHERE d.user >= substr(owner.user, 1, instr(owner.user || '/', '/') - 1) || '0')
    FROM owner WHERE owner.user IS NOT NULL
)
SELECT substr(owner.user, 1, instr(owner.user || '/', '/') - 1), d.value FROM owner
CROSS JOIN data AS d ON d.user = substr(owner.user, 1, instr(owner.user || '/', '/') - 1) || '/' AND d.key = :key;

-- name: due
-- The next deadlines. Many may be due at the same instant, so those of the first one are looked up by number.
SELECT due, conv FROM timer WHERE due = :due AND conv > :number
UNION ALL SELECT due, conv FROM timer WHERE due > :due ORDER BY due, conv LIMIT :limit;

-- name: planned
-- The next runs; likewise.
SELECT number, name, address, zone, spec, due, anchor FROM schedule WHERE due > 0 AND due = :due AND number > :number
UNION ALL SELECT number, name, address, zone, spec, due, anchor FROM schedule WHERE due > 0 AND due > :due
ORDER BY due, number LIMIT :limit;

-- name: schedules_of
-- The next schedules of one account's recipients.
SELECT number, name, address, zone, spec, due, anchor FROM schedule
WHERE (address, name, spec) > (:address, :name, :spec) AND address < :end ORDER BY address, name, spec LIMIT :limit;

-- name: schedules_at
-- All schedules of some recipients.
SELECT s.number, s.name, s.address, s.zone, s.spec, s.due, s.anchor
FROM json_each(:rows) AS r CROSS JOIN schedule AS s ON s.address = r.value ORDER BY s.address, s.name, s.spec;

-- name: open_outbox
-- What is not decided yet.
SELECT number, conv, account, room, status, epoch, attempts, at, once, CASE body
    WHEN '0' THEN coalesce((SELECT body FROM blob WHERE kind = 'outbox' AND owner = number), '') ELSE body END, awaited,
    ref
FROM outbox WHERE status IN ('pending', 'sending') ORDER BY number;

-- name: undelivered
-- Messages of one conversation that failed or are uncertain.
SELECT number, conv, account, room, status, epoch, attempts, at, once, CASE body
    WHEN '0' THEN coalesce((SELECT body FROM blob WHERE kind = 'outbox' AND owner = number), '') ELSE body END, awaited,
    ref
FROM outbox WHERE status IN ('failed', 'uncertain') AND conv = ? ORDER BY number;

-- name: outgoing
-- What became of some messages.
SELECT o.number, o.status, o.ref, o.error, o.conv FROM json_each(:rows) AS r CROSS JOIN outbox AS o ON o.number = r.value;

-- name: unheard
-- Decided messages whose fate somebody must still hear of.
SELECT conv, number, CASE status WHEN 'sent' THEN '' ELSE coalesce(nullif(error, ''), status) END FROM outbox
WHERE awaited = 1 AND status IN ('sent', 'failed', 'uncertain') ORDER BY number;

-- name: unfinished
-- Conversations to be woken at the start: with steps under way, or with inputs that need no question to be open. A kept
-- message does: whatever opens a question offers it what is kept, with the same commit.
SELECT number FROM conv WHERE status = 'waiting' AND number IN (
    SELECT conv FROM step UNION SELECT conv FROM inbox WHERE kind <> 'message'
) ORDER BY number;

-- name: troubled
-- Conversations that are failed, or diverged.
SELECT number FROM conv WHERE status = ? AND status IN ('failed', 'diverged') ORDER BY number;

-- name: newest
-- The newest conversations under way, and the newest that are in trouble, for a reader.
SELECT number FROM (
    SELECT number FROM (SELECT number FROM conv WHERE status IN ('failed', 'diverged') ORDER BY number DESC LIMIT :limit)
    UNION
    SELECT number FROM (SELECT number FROM conv WHERE status = 'waiting' ORDER BY number DESC LIMIT :limit)
) ORDER BY number DESC;

-- name: unended
-- The next conversations that are not over, for a reader.
SELECT number FROM conv WHERE number > ? AND status IN ('waiting', 'failed', 'diverged') ORDER BY number LIMIT ?;

-- name: in_flight
-- The next conversations that a start would take up, for a reader.
SELECT number FROM conv WHERE number > ? AND status IN ('waiting', 'diverged') ORDER BY number LIMIT ?;

-- name: said
-- What one conversation said, for a reader.
SELECT number, status, attempts, doubled, at, ref, error, CASE body
    WHEN '0' THEN coalesce((SELECT body FROM blob WHERE kind = 'outbox' AND owner = number), '') ELSE body END
FROM outbox WHERE conv = ? AND conv > 0 ORDER BY number;

-- name: tallies
-- Figures for a reader. What the partial indexes hold is named as they name it.
SELECT
    (SELECT count(*) FROM address),
    (SELECT count(*) FROM conv WHERE status IN ('failed', 'diverged') AND status = 'failed'),
    (SELECT count(*) FROM conv WHERE status IN ('failed', 'diverged') AND status = 'diverged'),
    (SELECT count(*) FROM outbox WHERE status IN ('pending', 'sending')),
    (SELECT count(*) FROM outbox WHERE status IN ('failed', 'uncertain') AND status = 'failed'),
    (SELECT count(*) FROM outbox WHERE status IN ('failed', 'uncertain') AND status = 'uncertain'),
    (SELECT coalesce(sum(doubled), 0) FROM outbox WHERE doubled > 0);
