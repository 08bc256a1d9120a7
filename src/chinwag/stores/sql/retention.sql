-- What retention does, a piece at a time: one INSERT into the view `purge`, which keeps nothing. Like `batch` (commit.sql)
-- all this belongs to the owner's connection, and a piece is one call of SQLite.
--
-- ended: conversations that are over since before this instant go, and what the bot itself said before it.
-- seen: ids that were consumed before this instant go. Both in microseconds.
-- most: so many conversations are looked at, and so many rows of a table deleted. Each statement takes the oldest from an
-- index and stops there, so a piece costs the same whatever the file holds.

CREATE TEMP TABLE doomed_conv (number INTEGER PRIMARY KEY);
CREATE TEMP TABLE doomed_message (number INTEGER PRIMARY KEY, open INTEGER NOT NULL);

CREATE TEMP VIEW purge (ended, seen, most) AS SELECT null, null, null;
CREATE TEMP TRIGGER purge INSTEAD OF INSERT ON purge
BEGIN
    INSERT INTO doomed_conv
    SELECT number FROM conv WHERE status IN ('ended', 'cancelled') AND changed < NEW.ended ORDER BY changed LIMIT NEW.most;
    INSERT INTO doomed_message
    SELECT o.number, o.status IN ('pending', 'sending')
    FROM doomed_conv AS c CROSS JOIN outbox AS o ON o.conv = c.number AND o.conv > 0 LIMIT NEW.most;
    INSERT INTO doomed_message
    SELECT number, 0 FROM outbox WHERE conv = 0 AND status IN ('sent', 'failed', 'uncertain') AND at < NEW.ended
    ORDER BY at LIMIT NEW.most;

    -- Numbers are never used twice, even if the highest goes.
    INSERT INTO meta (key, value) SELECT 'conversation', (SELECT max(number) FROM conv) FROM doomed_conv WHERE true LIMIT 1
    ON CONFLICT (key) DO UPDATE SET value = max(value, excluded.value);
    INSERT INTO meta (key, value) SELECT 'outbox', (SELECT max(number) FROM outbox) FROM doomed_message WHERE true LIMIT 1
    ON CONFLICT (key) DO UPDATE SET value = max(value, excluded.value);

    DELETE FROM blob WHERE id IN (
        SELECT b.id FROM doomed_message AS m CROSS JOIN blob AS b ON b.kind = 'outbox' AND b.owner = m.number WHERE NOT m.open
    );
    DELETE FROM outbox WHERE number IN (SELECT number FROM doomed_message WHERE NOT open);
    -- What could not be sent in all that time stays, and becomes the bot's own.
    UPDATE outbox SET conv = 0 WHERE number IN (SELECT number FROM doomed_message WHERE open);

    DELETE FROM journal WHERE id IN (
        SELECT j.id FROM doomed_conv AS c CROSS JOIN journal AS j ON j.conv = c.number LIMIT NEW.most
    );
    DELETE FROM blob WHERE id IN (
        SELECT b.id FROM doomed_conv AS c
        CROSS JOIN blob AS b ON b.kind IN ('birth', 'state', 'journal') AND b.owner = c.number LIMIT NEW.most
    );
    -- Its own row goes last: a conversation with a million rows takes many pieces.
    DELETE FROM conv WHERE number IN (
        SELECT c.number FROM doomed_conv AS c
        WHERE NOT EXISTS (SELECT 1 FROM journal AS j WHERE j.conv = c.number)
            AND NOT EXISTS (SELECT 1 FROM outbox AS o WHERE o.conv = c.number AND o.conv > 0)
            AND NOT EXISTS (SELECT 1 FROM blob AS b WHERE b.kind IN ('birth', 'state', 'journal') AND b.owner = c.number)
    );

    DELETE FROM seen WHERE rowid IN (SELECT rowid FROM seen ORDER BY rowid LIMIT NEW.most) AND at < NEW.seen;
    DELETE FROM doomed_conv;
    DELETE FROM doomed_message;
END;

-- A conversation that goes on for years, from checkpoint to checkpoint, is never over; what it said long ago goes as well:
-- messages that were sent, for which nobody waits, that were said before the last checkpoint (whose journal row has the time
-- as its first element), and that its state cannot mean. One whose state holds a `Sent`, or is in the blobs, keeps all.
--
-- ended: what was said before this instant may go, in microseconds. after, until: the numbers that are looked at.

CREATE TEMP VIEW sweep (ended, after, until) AS SELECT null, null, null;
CREATE TEMP TRIGGER sweep INSTEAD OF INSERT ON sweep
BEGIN
    INSERT INTO doomed_message
    SELECT o.number, 0 FROM outbox AS o CROSS JOIN conv AS c ON c.number = o.conv
    WHERE o.number > NEW.after AND o.number <= NEW.until AND o.at < NEW.ended AND o.status = 'sent' AND o.awaited = 0
        AND c.status = 'waiting' AND c.state IS NOT NULL AND c.state <> '0' AND instr(c.state, 'Sent') = 0
        AND o.at < (SELECT j.row ->> 0 FROM journal AS j WHERE j.conv = c.number AND j.seq = c.base);

    INSERT INTO meta (key, value) SELECT 'outbox', (SELECT max(number) FROM outbox) FROM doomed_message WHERE true LIMIT 1
    ON CONFLICT (key) DO UPDATE SET value = max(value, excluded.value);
    DELETE FROM blob WHERE id IN (
        SELECT b.id FROM doomed_message AS m CROSS JOIN blob AS b ON b.kind = 'outbox' AND b.owner = m.number
    );
    DELETE FROM outbox WHERE number IN (SELECT number FROM doomed_message);
    DELETE FROM doomed_message;
END;
