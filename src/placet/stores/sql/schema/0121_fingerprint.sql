-- The fingerprint of the master secret that this database belongs to: at most one row.
CREATE TABLE secret_fingerprint (
    id INTEGER NOT NULL PRIMARY KEY CHECK (id = 1),
    fingerprint TEXT NOT NULL
);
