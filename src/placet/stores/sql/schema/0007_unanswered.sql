-- Whom a withdrawal is about: somebody, and the pseudonyms of their user ids. Found by a later deletion of the same
-- person, whose names may be forgotten by then; the rows go when the destination has acknowledged.
CREATE TABLE withdrawal_owners (
    owner {bytes} NOT NULL,
    withdrawal {bytes} NOT NULL,
    PRIMARY KEY (owner, withdrawal)
) {clustered};
CREATE INDEX withdrawal_owners_by_withdrawal ON withdrawal_owners (withdrawal);
