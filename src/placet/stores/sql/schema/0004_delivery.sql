-- What became of deliveries: dead letters that can be found, who holds whose data, and what they were told to forget.

-- Where a dead letter belongs ("organisation workspace/source connection"), since when (epoch ms), and its place
-- among those of the same moment: ids of one millisecond have no order.
ALTER TABLE notes_aside ADD COLUMN place TEXT {exact} NOT NULL DEFAULT '';
ALTER TABLE notes_aside ADD COLUMN at BIGINT NOT NULL DEFAULT 0;
ALTER TABLE notes_aside ADD COLUMN turn BIGINT NOT NULL DEFAULT 0;
CREATE INDEX notes_aside_by_place ON notes_aside (place, at, turn, id);
CREATE INDEX notes_aside_by_time ON notes_aside (at, turn, id);

-- A source's newest batches are what drafts are tried on.
CREATE INDEX event_batches_by_source ON event_batches (organisation, source, seq);

-- One row for each person, queue (person and connection) and set of purposes: found by person, never one per event.
CREATE TABLE holdings (
    person {bytes} NOT NULL,
    queue {bytes} NOT NULL,
    purposes TEXT NOT NULL,
    organisation TEXT NOT NULL,
    source TEXT NOT NULL,
    connection TEXT NOT NULL,
    names {bytes} NOT NULL,
    at BIGINT NOT NULL,
    somebody {bytes} NOT NULL,
    PRIMARY KEY (person, queue, purposes)
) {clustered};

CREATE TABLE withdrawals (
    id {bytes} NOT NULL PRIMARY KEY,
    organisation TEXT NOT NULL,
    source TEXT NOT NULL,
    connection TEXT NOT NULL,
    person {bytes} NOT NULL,
    queue {bytes} NOT NULL,
    purposes TEXT NOT NULL,
    names {bytes} NOT NULL,
    at BIGINT NOT NULL,
    state TEXT NOT NULL,
    changed BIGINT NOT NULL,
    tries INTEGER NOT NULL,
    why TEXT NOT NULL
);
CREATE INDEX withdrawals_by_organisation ON withdrawals (organisation, id);
CREATE INDEX withdrawals_by_state ON withdrawals (state, changed);

-- Keys to the administration of one workspace; the key itself is kept by its bearer, we keep its hash.
CREATE TABLE tokens (
    id TEXT NOT NULL PRIMARY KEY,
    organisation TEXT NOT NULL,
    workspace TEXT NOT NULL,
    name TEXT NOT NULL,
    roles TEXT NOT NULL,
    hash {bytes} NOT NULL,
    created_at BIGINT NOT NULL,
    created_by TEXT NOT NULL,
    expires_at BIGINT NOT NULL,
    revoked_at BIGINT NOT NULL
);
CREATE UNIQUE INDEX tokens_by_hash ON tokens (hash);
