-- Events: a row for each batch as it was taken in, found again by the names of its events.

CREATE TABLE event_batches (
    seq {serial},
    id {bytes} NOT NULL,
    organisation TEXT NOT NULL,
    source TEXT NOT NULL,
    at BIGINT NOT NULL,
    gates {bytes} NOT NULL,
    body {bytes} NOT NULL
);
CREATE UNIQUE INDEX event_batches_by_id ON event_batches (id);

-- One small row for each event: a repeated message is known by it, and an event is found by it.
CREATE TABLE event_names (
    name {bytes} NOT NULL PRIMARY KEY,
    batch {bytes} NOT NULL
) {clustered};

-- The gates events were judged by, once for each version.
CREATE TABLE event_gates (
    id {bytes} NOT NULL PRIMARY KEY,
    body {bytes} NOT NULL
);

-- What became of a delivery: sent, held after all, or given up.
CREATE TABLE event_outcomes (
    seq {serial},
    name {bytes} NOT NULL,
    connection TEXT NOT NULL,
    at BIGINT NOT NULL,
    became TEXT NOT NULL,
    why TEXT NOT NULL,
    tries INTEGER NOT NULL
);
CREATE INDEX event_outcomes_by_name ON event_outcomes (name, seq);
