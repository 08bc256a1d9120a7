-- How connections are set up.

-- name: log
-- A commit appends to a log beside the file, which readers look through; the answer says whether the place allows that.
PRAGMA journal_mode = WAL;

-- name: alone
-- Where there is no shared memory, a log can be kept by one connection that never lets go.
PRAGMA locking_mode = EXCLUSIVE;

-- name: owner
-- A commit that was reported is on the disk. The owner itself moves the log into the file, between commits; a log that a
-- reader has made long is cut to 64 MB.
PRAGMA synchronous = FULL;
PRAGMA wal_autocheckpoint = 0;
PRAGMA journal_size_limit = 67108864;
PRAGMA cache_size = -8192;
PRAGMA temp_store = MEMORY;

-- name: reader
PRAGMA query_only = ON;
PRAGMA cache_size = -4096;
PRAGMA temp_store = MEMORY;

-- name: tables
-- What is in the file at all.
SELECT name FROM sqlite_schema WHERE type = 'table';

-- name: version
-- The number of the last migration.
SELECT value FROM meta WHERE key = 'schema';

-- name: migrated
-- A migration is done.
INSERT INTO meta (key, value) VALUES ('schema', ?) ON CONFLICT (key) DO UPDATE SET value = excluded.value;

-- name: named
-- A new store gets a name of its own, so that keys of two stores never meet.
INSERT INTO meta (key, value) VALUES ('identity', ?) ON CONFLICT (key) DO NOTHING;
