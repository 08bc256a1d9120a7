-- What a commit does. The owner's connection has these views and triggers; the file does not.
--
-- A commit is one INSERT into the view `batch`, which keeps nothing: its trigger writes all tables. So it is all or nothing
-- by itself, and one call of SQLite, from the first row to the fsync, with the interpreter's lock released. Statement by
-- statement the writing thread would have to get that lock back thirty times, and wait up to 5 ms for it each time.
--
-- Each column is null or a JSON array of rows. A row is looked up by its rowid or by an index, never by a scan, and one
-- table's rows are written in one go. The columns stand in the order of `Batch.ORDER`, and are written in it. A field is
-- taken from its row by a path in full: from a number, `->>` would put the path together anew each time.

CREATE TEMP VIEW batch (
    births, journal, blobs, checkpoints, seen, inbox, taken, outbox, marks, retried, promotions, heard, awaited, stepped,
    steps, writes, deletes, timers, schedules, unscheduled, statuses, ends, moves
) AS SELECT null, null, null, null, null, null, null, null, null, null, null, null, null, null, null, null, null, null, null,
    null, null, null, null;

-- A view for each column: a trigger whose WHEN is false costs half a microsecond, its statements would cost five.

CREATE TEMP VIEW new_births (rows) AS SELECT null;
CREATE TEMP TRIGGER births INSTEAD OF INSERT ON new_births WHEN NEW.rows IS NOT null
BEGIN
    -- number, name, address, seed, attended, born, birth, fingerprint
    INSERT INTO conv (number, name, address, seed, attended, status, born, changed, birth, fingerprint)
    SELECT r.value ->> '$[0]', r.value ->> '$[1]', r.value ->> '$[2]', r.value ->> '$[3]', r.value ->> '$[4]',
        'waiting', r.value ->> '$[5]', r.value ->> '$[5]', r.value -> '$[6]', r.value ->> '$[7]'
    FROM jsonb_each(NEW.rows) AS r;
    INSERT INTO address (address, conv) SELECT r.value ->> '$[2]', r.value ->> '$[0]' FROM jsonb_each(NEW.rows) AS r;
END;

CREATE TEMP VIEW new_journal (rows) AS SELECT null;
CREATE TEMP TRIGGER journal INSTEAD OF INSERT ON new_journal WHEN NEW.rows IS NOT null
BEGIN
    -- conversation, seq, row
    INSERT INTO journal (conv, seq, row)
    SELECT r.value ->> '$[0]', r.value ->> '$[1]', r.value -> '$[2]' FROM jsonb_each(NEW.rows) AS r;
END;

CREATE TEMP VIEW new_blobs (rows) AS SELECT null;
CREATE TEMP TRIGGER blobs INSTEAD OF INSERT ON new_blobs WHEN NEW.rows IS NOT null
BEGIN
    -- kind, owner, seq, body
    INSERT INTO blob (kind, owner, seq, body)
    SELECT r.value ->> '$[0]', r.value ->> '$[1]', r.value ->> '$[2]', r.value -> '$[3]'
    FROM jsonb_each(NEW.rows) AS r WHERE true
    ON CONFLICT (kind, owner, seq) DO UPDATE SET body = excluded.body;
END;

CREATE TEMP VIEW new_checkpoints (rows) AS SELECT null;
CREATE TEMP TRIGGER checkpoints INSTEAD OF INSERT ON new_checkpoints WHEN NEW.rows IS NOT null
BEGIN
    -- number, base, draws, state, fingerprint; the journal before base goes, and what a former state left in the blobs
    UPDATE conv SET base = r.value ->> '$[1]', draws = r.value ->> '$[2]', state = r.value -> '$[3]',
        fingerprint = r.value ->> '$[4]'
    FROM jsonb_each(NEW.rows) AS r WHERE conv.number = r.value ->> '$[0]';
    DELETE FROM journal WHERE id IN (
        SELECT j.id FROM jsonb_each(NEW.rows) AS r
        CROSS JOIN journal AS j ON j.conv = r.value ->> '$[0]' AND j.seq < r.value ->> '$[1]'
    );
    DELETE FROM blob WHERE id IN (
        SELECT b.id FROM jsonb_each(NEW.rows) AS r
        CROSS JOIN blob AS b ON b.kind = 'journal' AND b.owner = r.value ->> '$[0]' AND b.seq < r.value ->> '$[1]'
    );
    DELETE FROM blob WHERE id IN (
        SELECT b.id FROM jsonb_each(NEW.rows) AS r
        CROSS JOIN blob AS b ON b.kind = 'state' AND b.owner = r.value ->> '$[0]' WHERE r.value -> '$[3]' <> '0'
    );
END;

CREATE TEMP VIEW new_seen (rows) AS SELECT null;
CREATE TEMP TRIGGER seen INSTEAD OF INSERT ON new_seen WHEN NEW.rows IS NOT null
BEGIN
    -- account, id, at; duplicates are looked up before, the unique index is the backstop
    INSERT INTO seen (account, id, at)
    SELECT r.value ->> '$[0]', r.value ->> '$[1]', r.value ->> '$[2]' FROM jsonb_each(NEW.rows) AS r;
END;

CREATE TEMP VIEW new_inbox (rows) AS SELECT null;
CREATE TEMP TRIGGER inbox INSTEAD OF INSERT ON new_inbox WHEN NEW.rows IS NOT null
BEGIN
    -- id, conversation, kind, at, body
    INSERT INTO inbox (id, conv, kind, at, body)
    SELECT r.value ->> '$[0]', r.value ->> '$[1]', r.value ->> '$[2]', r.value ->> '$[3]', r.value -> '$[4]'
    FROM jsonb_each(NEW.rows) AS r;
END;

CREATE TEMP VIEW new_taken (rows) AS SELECT null;
CREATE TEMP TRIGGER taken INSTEAD OF INSERT ON new_taken WHEN NEW.rows IS NOT null
BEGIN
    -- id
    DELETE FROM inbox WHERE id IN (SELECT r.value ->> '$[0]' FROM jsonb_each(NEW.rows) AS r);
END;

CREATE TEMP VIEW new_outbox (rows) AS SELECT null;
CREATE TEMP TRIGGER outbox INSTEAD OF INSERT ON new_outbox WHEN NEW.rows IS NOT null
BEGIN
    -- number, conversation, account, room, status, epoch, at, once, body
    INSERT INTO outbox (number, conv, account, room, status, epoch, at, once, body)
    SELECT r.value ->> '$[0]', r.value ->> '$[1]', r.value ->> '$[2]', r.value ->> '$[3]', r.value ->> '$[4]',
        r.value ->> '$[5]', r.value ->> '$[6]', r.value ->> '$[7]', r.value -> '$[8]'
    FROM jsonb_each(NEW.rows) AS r;
END;

CREATE TEMP VIEW new_marks (rows) AS SELECT null;
CREATE TEMP TRIGGER marks INSTEAD OF INSERT ON new_marks WHEN NEW.rows IS NOT null
BEGIN
    -- number, status, ref, error, attempts, whether somebody must hear of it
    UPDATE outbox SET status = r.value ->> '$[1]', ref = r.value ->> '$[2]', error = r.value ->> '$[3]',
        attempts = r.value ->> '$[4]', awaited = max(awaited, r.value ->> '$[5]')
    FROM jsonb_each(NEW.rows) AS r WHERE outbox.number = r.value ->> '$[0]';
END;

CREATE TEMP VIEW new_retried (rows) AS SELECT null;
CREATE TEMP TRIGGER retried INSTEAD OF INSERT ON new_retried WHEN NEW.rows IS NOT null
BEGIN
    -- number; one that may have arrived counts as doubled from now on, whatever becomes of this process
    UPDATE outbox SET doubled = doubled + (status = 'uncertain'), status = 'pending', error = ''
    WHERE number IN (SELECT r.value ->> '$[0]' FROM jsonb_each(NEW.rows) AS r);
END;

CREATE TEMP VIEW new_promotions (rows) AS SELECT null;
CREATE TEMP TRIGGER promotions INSTEAD OF INSERT ON new_promotions WHEN NEW.rows IS NOT null
BEGIN
    -- number, epoch, doubled
    UPDATE outbox SET status = 'sending', epoch = r.value ->> '$[1]', doubled = doubled + (r.value ->> '$[2]')
    FROM jsonb_each(NEW.rows) AS r WHERE outbox.number = r.value ->> '$[0]';
END;

CREATE TEMP VIEW new_heard (rows) AS SELECT null;
CREATE TEMP TRIGGER heard INSTEAD OF INSERT ON new_heard WHEN NEW.rows IS NOT null
BEGIN
    -- number
    UPDATE outbox SET awaited = 0 WHERE number IN (SELECT r.value ->> '$[0]' FROM jsonb_each(NEW.rows) AS r);
END;

CREATE TEMP VIEW new_awaited (rows) AS SELECT null;
CREATE TEMP TRIGGER awaited INSTEAD OF INSERT ON new_awaited WHEN NEW.rows IS NOT null
BEGIN
    -- number
    UPDATE outbox SET awaited = 1 WHERE number IN (SELECT r.value ->> '$[0]' FROM jsonb_each(NEW.rows) AS r);
END;

CREATE TEMP VIEW new_stepped (rows) AS SELECT null;
CREATE TEMP TRIGGER stepped INSTEAD OF INSERT ON new_stepped WHEN NEW.rows IS NOT null
BEGIN
    -- conversation, path
    DELETE FROM step WHERE (conv, path) IN (SELECT r.value ->> '$[0]', r.value ->> '$[1]' FROM jsonb_each(NEW.rows) AS r);
END;

CREATE TEMP VIEW new_steps (rows) AS SELECT null;
CREATE TEMP TRIGGER steps INSTEAD OF INSERT ON new_steps WHEN NEW.rows IS NOT null
BEGIN
    -- conversation, path, epoch
    INSERT INTO step (conv, path, epoch)
    SELECT r.value ->> '$[0]', r.value ->> '$[1]', r.value ->> '$[2]' FROM jsonb_each(NEW.rows) AS r WHERE true
    ON CONFLICT (conv, path) DO UPDATE SET epoch = excluded.epoch;
END;

CREATE TEMP VIEW new_writes (rows) AS SELECT null;
CREATE TEMP TRIGGER writes INSTEAD OF INSERT ON new_writes WHEN NEW.rows IS NOT null
BEGIN
    -- user, key, value
    INSERT INTO data (user, key, value)
    SELECT r.value ->> '$[0]', r.value ->> '$[1]', r.value -> '$[2]' FROM jsonb_each(NEW.rows) AS r WHERE true
    ON CONFLICT (user, key) DO UPDATE SET value = excluded.value;
END;

CREATE TEMP VIEW new_deletes (rows) AS SELECT null;
CREATE TEMP TRIGGER deletes INSTEAD OF INSERT ON new_deletes WHEN NEW.rows IS NOT null
BEGIN
    -- user, key
    DELETE FROM data WHERE (user, key) IN (SELECT r.value ->> '$[0]', r.value ->> '$[1]' FROM jsonb_each(NEW.rows) AS r);
END;

CREATE TEMP VIEW new_timers (rows) AS SELECT null;
CREATE TEMP TRIGGER timers INSTEAD OF INSERT ON new_timers WHEN NEW.rows IS NOT null
BEGIN
    -- conversation, due; a due of 0 removes one
    INSERT INTO timer (conv, due) SELECT r.value ->> '$[0]', r.value ->> '$[1]' FROM jsonb_each(NEW.rows) AS r WHERE true
    ON CONFLICT (conv) DO UPDATE SET due = excluded.due;
    DELETE FROM timer WHERE due = 0;
END;

CREATE TEMP VIEW new_schedules (rows) AS SELECT null;
CREATE TEMP TRIGGER schedules INSTEAD OF INSERT ON new_schedules WHEN NEW.rows IS NOT null
BEGIN
    -- number, name, address, zone, spec, due, anchor
    INSERT INTO schedule (number, name, address, zone, spec, due, anchor)
    SELECT r.value ->> '$[0]', r.value ->> '$[1]', r.value ->> '$[2]', r.value ->> '$[3]', r.value ->> '$[4]',
        r.value ->> '$[5]', r.value ->> '$[6]'
    FROM jsonb_each(NEW.rows) AS r WHERE true
    ON CONFLICT (number) DO UPDATE SET zone = excluded.zone, due = excluded.due, anchor = excluded.anchor;
END;

CREATE TEMP VIEW new_unscheduled (rows) AS SELECT null;
CREATE TEMP TRIGGER unscheduled INSTEAD OF INSERT ON new_unscheduled WHEN NEW.rows IS NOT null
BEGIN
    -- number
    DELETE FROM schedule WHERE number IN (SELECT r.value ->> '$[0]' FROM jsonb_each(NEW.rows) AS r);
END;

CREATE TEMP VIEW new_statuses (rows) AS SELECT null;
CREATE TEMP TRIGGER statuses INSTEAD OF INSERT ON new_statuses WHEN NEW.rows IS NOT null
BEGIN
    -- number, status, at, error, fingerprint, whether it keeps its address (and with it its deadline)
    UPDATE conv SET status = r.value ->> '$[1]', changed = r.value ->> '$[2]', error = r.value ->> '$[3]',
        fingerprint = r.value ->> '$[4]'
    FROM jsonb_each(NEW.rows) AS r WHERE conv.number = r.value ->> '$[0]';
    DELETE FROM address WHERE (address, conv) IN (
        SELECT c.address, c.number FROM jsonb_each(NEW.rows) AS r
        CROSS JOIN conv AS c ON c.number = r.value ->> '$[0]' WHERE NOT r.value ->> '$[5]'
    );
    DELETE FROM timer WHERE conv IN (SELECT r.value ->> '$[0]' FROM jsonb_each(NEW.rows) AS r WHERE NOT r.value ->> '$[5]');
    INSERT INTO address (address, conv)
    SELECT c.address, c.number FROM jsonb_each(NEW.rows) AS r
    CROSS JOIN conv AS c ON c.number = r.value ->> '$[0]' WHERE r.value ->> '$[5]'
    ON CONFLICT (address, conv) DO NOTHING;
END;

CREATE TEMP VIEW new_ends (rows) AS SELECT null;
CREATE TEMP TRIGGER ends INSTEAD OF INSERT ON new_ends WHEN NEW.rows IS NOT null
BEGIN
    -- number, address, status, at
    UPDATE conv SET status = r.value ->> '$[2]', changed = r.value ->> '$[3]', error = null
    FROM jsonb_each(NEW.rows) AS r WHERE conv.number = r.value ->> '$[0]';
    DELETE FROM address
    WHERE (address, conv) IN (SELECT r.value ->> '$[1]', r.value ->> '$[0]' FROM jsonb_each(NEW.rows) AS r);
    DELETE FROM timer WHERE conv IN (SELECT r.value ->> '$[0]' FROM jsonb_each(NEW.rows) AS r);
    DELETE FROM step WHERE conv IN (SELECT r.value ->> '$[0]' FROM jsonb_each(NEW.rows) AS r);
    DELETE FROM inbox WHERE conv IN (SELECT r.value ->> '$[0]' FROM jsonb_each(NEW.rows) AS r);
END;

CREATE TEMP VIEW new_moves (rows) AS SELECT null;
CREATE TEMP TRIGGER moves INSTEAD OF INSERT ON new_moves WHEN NEW.rows IS NOT null
BEGIN
    -- account, room, new room, and how the addresses of both begin, up to the slash before the user; '0' follows '/'. One
    -- row at most.
    UPDATE inbox SET body = json_set(body, '$.room', NEW.rows ->> '$[0][2]') WHERE kind = 'message' AND conv IN (
        SELECT a.conv FROM address AS a
        WHERE a.address >= NEW.rows ->> '$[0][3]' AND a.address < rtrim(NEW.rows ->> '$[0][3]', '/') || '0'
    );
    UPDATE conv SET address = (NEW.rows ->> '$[0][4]') || substr(address, length(NEW.rows ->> '$[0][3]') + 1)
    WHERE number IN (
        SELECT a.conv FROM address AS a
        WHERE a.address >= NEW.rows ->> '$[0][3]' AND a.address < rtrim(NEW.rows ->> '$[0][3]', '/') || '0'
    );
    -- A failed one has no address, and comes back to where its room is now.
    UPDATE conv SET address = (NEW.rows ->> '$[0][4]') || substr(address, length(NEW.rows ->> '$[0][3]') + 1)
    WHERE number IN (
        SELECT f.number FROM conv AS f WHERE f.status IN ('failed', 'diverged') AND f.status = 'failed'
            AND f.address >= NEW.rows ->> '$[0][3]' AND f.address < rtrim(NEW.rows ->> '$[0][3]', '/') || '0'
    );
    UPDATE address SET address = (NEW.rows ->> '$[0][4]') || substr(address, length(NEW.rows ->> '$[0][3]') + 1)
    WHERE address >= NEW.rows ->> '$[0][3]' AND address < rtrim(NEW.rows ->> '$[0][3]', '/') || '0';
    -- The settings may have the new one already: it stays.
    UPDATE OR IGNORE schedule
    SET address = (NEW.rows ->> '$[0][4]') || substr(address, length(NEW.rows ->> '$[0][3]') + 1)
    WHERE address >= NEW.rows ->> '$[0][3]' AND address < rtrim(NEW.rows ->> '$[0][3]', '/') || '0';
    UPDATE OR IGNORE data SET user = (NEW.rows ->> '$[0][4]') || '*' WHERE user = (NEW.rows ->> '$[0][3]') || '*';
    UPDATE outbox SET room = NEW.rows ->> '$[0][2]'
    WHERE status IN ('pending', 'sending') AND account = NEW.rows ->> '$[0][0]' AND room = NEW.rows ->> '$[0][1]';
END;

CREATE TEMP TRIGGER batch INSTEAD OF INSERT ON batch
BEGIN
    INSERT INTO new_births VALUES (NEW.births);
    INSERT INTO new_journal VALUES (NEW.journal);
    INSERT INTO new_blobs VALUES (NEW.blobs);
    -- They drop blobs of the journal, those of this batch too.
    INSERT INTO new_checkpoints VALUES (NEW.checkpoints);
    INSERT INTO new_seen VALUES (NEW.seen);
    INSERT INTO new_inbox VALUES (NEW.inbox);
    INSERT INTO new_taken VALUES (NEW.taken);
    INSERT INTO new_outbox VALUES (NEW.outbox);
    INSERT INTO new_marks VALUES (NEW.marks);
    -- What is sent once more may be promoted at once.
    INSERT INTO new_retried VALUES (NEW.retried);
    INSERT INTO new_promotions VALUES (NEW.promotions);
    -- Whoever waits anew for what was just heard must hear it again; to hear it once too often harms nobody.
    INSERT INTO new_heard VALUES (NEW.heard);
    INSERT INTO new_awaited VALUES (NEW.awaited);
    -- A step may begin under the path of one that has ended.
    INSERT INTO new_stepped VALUES (NEW.stepped);
    INSERT INTO new_steps VALUES (NEW.steps);
    INSERT INTO new_writes VALUES (NEW.writes);
    INSERT INTO new_deletes VALUES (NEW.deletes);
    INSERT INTO new_timers VALUES (NEW.timers);
    INSERT INTO new_schedules VALUES (NEW.schedules);
    INSERT INTO new_unscheduled VALUES (NEW.unscheduled);
    -- What failed or goes on may be over in the same batch.
    INSERT INTO new_statuses VALUES (NEW.statuses);
    INSERT INTO new_ends VALUES (NEW.ends);
    -- Whatever was written under an old address goes along.
    INSERT INTO new_moves VALUES (NEW.moves);
END;
