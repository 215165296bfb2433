-- The first step. Words in braces are spelled differently by the two engines: see WORDS in each engine's file.
-- A step that was released is never edited: write the next one.

-- Receipts lie in the order they came (ids are UUIDv7), so that an insert touches the end of the table only.
-- `day` is the day in the id; `tag` the first four bytes of the person. Together they find a person's receipts
-- without an index in which every insert lands on a random page of all that was ever written.
CREATE TABLE receipts (
    seq {serial},
    id {bytes} NOT NULL,
    organisation TEXT NOT NULL,
    site TEXT NOT NULL,
    person {bytes} NOT NULL,
    at BIGINT NOT NULL,
    test INTEGER NOT NULL,
    day INTEGER NOT NULL,
    tag INTEGER NOT NULL,
    body {bytes} NOT NULL,
    evidence {bytes} NOT NULL
);
CREATE UNIQUE INDEX receipts_by_id ON receipts (id);
CREATE INDEX receipts_by_day ON receipts (day, tag);

-- On which days an organisation got receipts, and how many. Writers count in separate lanes so as not to
-- wait for one another; readers add the lanes up.
CREATE TABLE receipt_days (
    organisation TEXT NOT NULL,
    day INTEGER NOT NULL,
    lane INTEGER NOT NULL,
    receipts BIGINT NOT NULL,
    PRIMARY KEY (organisation, day, lane)
) {clustered};

-- Requests that named themselves, and the receipt each one left. Purged as it goes.
CREATE TABLE requests (
    name {bytes} NOT NULL PRIMARY KEY,
    receipt {bytes} NOT NULL,
    expires BIGINT NOT NULL
) {clustered};
CREATE INDEX requests_by_expiry ON requests (expires);

-- Not clustered: a profile is too large to lie in its index. Measured on SQLite, saves cost half as much again
-- that way, and the file grows to twice the size, since each profile's tail takes a page of its own.
CREATE TABLE profiles (
    consent_group {bytes} NOT NULL,
    person {bytes} NOT NULL,
    version BIGINT NOT NULL,
    body {bytes} NOT NULL,
    PRIMARY KEY (consent_group, person)
);

CREATE TABLE notes (
    seq {serial},
    id {bytes} NOT NULL,
    kind TEXT NOT NULL,
    about {bytes} NOT NULL,
    body {bytes} NOT NULL,
    due BIGINT NOT NULL,
    tries INTEGER NOT NULL,
    held BIGINT NOT NULL DEFAULT 0,
    why TEXT NOT NULL DEFAULT ''
);
CREATE UNIQUE INDEX notes_by_id ON notes (id);
CREATE INDEX notes_by_about ON notes (kind, about, seq);
CREATE INDEX notes_by_due ON notes (kind, due, seq);

CREATE TABLE notes_aside (
    id {bytes} NOT NULL PRIMARY KEY,
    kind TEXT NOT NULL,
    about {bytes} NOT NULL,
    body {bytes} NOT NULL,
    tries INTEGER NOT NULL,
    why TEXT NOT NULL
);

CREATE TABLE drafts (
    organisation TEXT NOT NULL PRIMARY KEY,
    version BIGINT NOT NULL,
    applied_at BIGINT NOT NULL,
    applied_by TEXT NOT NULL,
    body {bytes} NOT NULL
);

CREATE TABLE publications (
    organisation TEXT NOT NULL,
    app_id TEXT NOT NULL,
    stage TEXT NOT NULL,
    number BIGINT NOT NULL,
    body {bytes} NOT NULL,
    PRIMARY KEY (organisation, app_id, stage, number)
);

CREATE TABLE current_publications (
    organisation TEXT NOT NULL,
    app_id TEXT NOT NULL,
    stage TEXT NOT NULL,
    number BIGINT NOT NULL,
    PRIMARY KEY (organisation, app_id, stage)
);

CREATE TABLE audit (
    seq {serial},
    organisation TEXT NOT NULL,
    at BIGINT NOT NULL,
    who TEXT NOT NULL,
    action TEXT NOT NULL,
    subject TEXT NOT NULL,
    detail TEXT NOT NULL
);
CREATE INDEX audit_by_organisation ON audit (organisation, seq);

-- One row each: how often the catalogue was written, and whether anything can be written at all.
CREATE TABLE revision (number BIGINT NOT NULL);
INSERT INTO revision (number) VALUES (0);
CREATE TABLE probe (number BIGINT NOT NULL);
INSERT INTO probe (number) VALUES (0);
