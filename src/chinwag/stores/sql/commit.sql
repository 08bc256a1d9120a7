-- What a commit is: one INSERT into a view that keeps nothing, whose trigger writes every table of a batch. So a commit is
-- one statement: all or nothing by itself, and run with the interpreter's lock released from its beginning to its fsync.
-- Statement by statement the writing thread would have to get the lock back thirty times, 5 ms each from a busy loop.
--
-- Every column is a JSON array of rows, or null. Rows are looked up by rowid or by index (a test reads the query plans).

-- name: commit
-- The columns are the fields of a Batch, in its order; the JSON is bound as bytes.
INSERT INTO batch VALUES (
    CAST(:births AS TEXT), CAST(:journal AS TEXT), CAST(:blobs AS TEXT), CAST(:checkpoints AS TEXT), CAST(:seen AS TEXT),
    CAST(:inbox AS TEXT), CAST(:taken AS TEXT), CAST(:outbox AS TEXT), CAST(:marks AS TEXT), CAST(:retried AS TEXT),
    CAST(:promotions AS TEXT), CAST(:heard AS TEXT), CAST(:awaited AS TEXT), CAST(:stepped AS TEXT), CAST(:steps AS TEXT),
    CAST(:writes AS TEXT), CAST(:deletes AS TEXT), CAST(:timers AS TEXT), CAST(:schedules AS TEXT),
    CAST(:unscheduled AS TEXT), CAST(:statuses AS TEXT), CAST(:ends AS TEXT)
);

-- name: batch
-- It belongs to the connection, not to the file.
CREATE TEMP VIEW batch (
    births, journal, blobs, checkpoints, seen, inbox, taken, outbox, marks, retried, promotions, heard, awaited, stepped,
    steps, writes, deletes, timers, schedules, unscheduled, statuses, ends
) AS SELECT null, null, null, null, null, null, null, null, null, null, null, null, null, null, null, null, null, null,
    null, null, null, null;

-- name: commit_trigger
CREATE TEMP TRIGGER commit_batch INSTEAD OF INSERT ON batch
BEGIN
    -- births: number, name, address, seed, attended, born, birth, fingerprint
    INSERT INTO conv (number, name, address, seed, attended, status, born, changed, birth, fingerprint)
    SELECT r.value ->> 0, r.value ->> 1, r.value ->> 2, r.value ->> 3, r.value ->> 4, 'waiting', r.value ->> 5,
        r.value ->> 5, r.value -> 6, r.value ->> 7
    FROM jsonb_each(NEW.births) AS r;
    INSERT INTO address (address, conv) SELECT r.value ->> 2, r.value ->> 0 FROM jsonb_each(NEW.births) AS r;

    -- journal: conversation, seq, row. One a turn.
    INSERT INTO journal (conv, seq, row) SELECT r.value ->> 0, r.value ->> 1, r.value -> 2 FROM jsonb_each(NEW.journal) AS r;

    -- blobs: kind, owner, seq, body. Before checkpoints, which drop those of the journal that they drop.
    INSERT INTO blob (kind, owner, seq, body)
    SELECT r.value ->> 0, r.value ->> 1, r.value ->> 2, r.value -> 3 FROM jsonb_each(NEW.blobs) AS r WHERE true
    ON CONFLICT (kind, owner, seq) DO UPDATE SET body = excluded.body;

    -- checkpoints: number, base, draws, state, fingerprint. The journal before them goes, and the large state of the last.
    UPDATE conv SET base = r.value ->> 1, draws = r.value ->> 2, state = r.value -> 3, fingerprint = r.value ->> 4
    FROM jsonb_each(NEW.checkpoints) AS r WHERE conv.number = r.value ->> 0;
    DELETE FROM journal WHERE id IN (
        SELECT j.id FROM jsonb_each(NEW.checkpoints) AS r
        CROSS JOIN journal AS j ON j.conv = r.value ->> 0 AND j.seq < r.value ->> 1
    );
    DELETE FROM blob WHERE id IN (
        SELECT b.id FROM jsonb_each(NEW.checkpoints) AS r
        CROSS JOIN blob AS b ON b.kind = 'journal' AND b.owner = r.value ->> 0 AND b.seq < r.value ->> 1
    );
    DELETE FROM blob WHERE id IN (
        SELECT b.id FROM jsonb_each(NEW.checkpoints) AS r
        CROSS JOIN blob AS b ON b.kind = 'state' AND b.owner = r.value ->> 0 WHERE r.value -> 3 <> '0'
    );

    -- seen: account, id, at. The unique index is the backstop; duplicates are looked up before.
    INSERT INTO seen (account, id, at) SELECT r.value ->> 0, r.value ->> 1, r.value ->> 2 FROM jsonb_each(NEW.seen) AS r;

    -- inbox: id, conversation, kind, at, body
    INSERT INTO inbox (id, conv, kind, at, body)
    SELECT r.value ->> 0, r.value ->> 1, r.value ->> 2, r.value ->> 3, r.value -> 4 FROM jsonb_each(NEW.inbox) AS r;

    -- taken: id
    DELETE FROM inbox WHERE id IN (SELECT r.value ->> 0 FROM jsonb_each(NEW.taken) AS r);

    -- outbox: number, conversation, account, room, status, epoch, at, once, body
    INSERT INTO outbox (number, conv, account, room, status, epoch, at, once, body)
    SELECT r.value ->> 0, r.value ->> 1, r.value ->> 2, r.value ->> 3, r.value ->> 4, r.value ->> 5, r.value ->> 6,
        r.value ->> 7, r.value -> 8
    FROM jsonb_each(NEW.outbox) AS r;

    -- marks: number, status, ref, error, attempts, whether somebody must hear of it
    UPDATE outbox SET status = r.value ->> 1, ref = r.value ->> 2, error = r.value ->> 3, attempts = r.value ->> 4,
        awaited = max(awaited, r.value ->> 5)
    FROM jsonb_each(NEW.marks) AS r WHERE outbox.number = r.value ->> 0;

    -- retried: number. What is sent once more is promoted with the same commit, so these come first.
    UPDATE outbox SET status = 'pending', error = '' WHERE number IN (SELECT r.value ->> 0 FROM jsonb_each(NEW.retried) AS r);

    -- promotions: number, epoch, doubled
    UPDATE outbox SET status = 'sending', epoch = r.value ->> 1, doubled = doubled + (r.value ->> 2)
    FROM jsonb_each(NEW.promotions) AS r WHERE outbox.number = r.value ->> 0;

    -- heard, awaited: number. Whoever waits anew for what was heard has to hear it again: too often harms nobody.
    UPDATE outbox SET awaited = 0 WHERE number IN (SELECT r.value ->> 0 FROM jsonb_each(NEW.heard) AS r);
    UPDATE outbox SET awaited = 1 WHERE number IN (SELECT r.value ->> 0 FROM jsonb_each(NEW.awaited) AS r);

    -- stepped: conversation, path
    DELETE FROM step WHERE (conv, path) IN (SELECT r.value ->> 0, r.value ->> 1 FROM jsonb_each(NEW.stepped) AS r);

    -- steps: conversation, path, epoch
    INSERT INTO step (conv, path, epoch)
    SELECT r.value ->> 0, r.value ->> 1, r.value ->> 2 FROM jsonb_each(NEW.steps) AS r WHERE true
    ON CONFLICT (conv, path) DO UPDATE SET epoch = excluded.epoch;

    -- writes: user, key, value
    INSERT INTO data (user, key, value)
    SELECT r.value ->> 0, r.value ->> 1, r.value -> 2 FROM jsonb_each(NEW.writes) AS r WHERE true
    ON CONFLICT (user, key) DO UPDATE SET value = excluded.value;

    -- deletes: user, key
    DELETE FROM data WHERE (user, key) IN (SELECT r.value ->> 0, r.value ->> 1 FROM jsonb_each(NEW.deletes) AS r);

    -- timers: conversation, due; the last of several counts, and a due of 0 removes one
    INSERT INTO timer (conv, due) SELECT r.value ->> 0, r.value ->> 1 FROM jsonb_each(NEW.timers) AS r WHERE true
    ON CONFLICT (conv) DO UPDATE SET due = excluded.due;
    DELETE FROM timer WHERE due = 0;

    -- schedules: number, name, address, zone, spec, due, anchor
    INSERT INTO schedule (number, name, address, zone, spec, due, anchor)
    SELECT r.value ->> 0, r.value ->> 1, r.value ->> 2, r.value ->> 3, r.value ->> 4, r.value ->> 5, r.value ->> 6
    FROM jsonb_each(NEW.schedules) AS r WHERE true
    ON CONFLICT (number) DO UPDATE SET zone = excluded.zone, due = excluded.due, anchor = excluded.anchor;

    -- unscheduled: number
    DELETE FROM schedule WHERE number IN (SELECT r.value ->> 0 FROM jsonb_each(NEW.unscheduled) AS r);

    -- statuses: number, status, at, error, fingerprint, whether it keeps its address
    UPDATE conv SET status = r.value ->> 1, changed = r.value ->> 2, error = r.value ->> 3, fingerprint = r.value ->> 4
    FROM jsonb_each(NEW.statuses) AS r WHERE conv.number = r.value ->> 0;
    DELETE FROM address WHERE (address, conv) IN (
        SELECT c.address, c.number FROM jsonb_each(NEW.statuses) AS r CROSS JOIN conv AS c ON c.number = r.value ->> 0
        WHERE NOT r.value ->> 5
    );
    DELETE FROM timer WHERE conv IN (SELECT r.value ->> 0 FROM jsonb_each(NEW.statuses) AS r WHERE NOT r.value ->> 5);
    INSERT INTO address (address, conv)
    SELECT c.address, c.number FROM jsonb_each(NEW.statuses) AS r CROSS JOIN conv AS c ON c.number = r.value ->> 0
    WHERE r.value ->> 5
    ON CONFLICT (address, conv) DO NOTHING;

    -- ends: number, address, status, at
    UPDATE conv SET status = r.value ->> 2, changed = r.value ->> 3, error = null
    FROM jsonb_each(NEW.ends) AS r WHERE conv.number = r.value ->> 0;
    DELETE FROM address WHERE (address, conv) IN (SELECT r.value ->> 1, r.value ->> 0 FROM jsonb_each(NEW.ends) AS r);
    DELETE FROM timer WHERE conv IN (SELECT r.value ->> 0 FROM jsonb_each(NEW.ends) AS r);
    DELETE FROM step WHERE conv IN (SELECT r.value ->> 0 FROM jsonb_each(NEW.ends) AS r);
    DELETE FROM inbox WHERE conv IN (SELECT r.value ->> 0 FROM jsonb_each(NEW.ends) AS r);
END;
