-- Who goes by which names. A name is a keyed hash; `people` and `names` are small lists, bounded by the rules.

-- A row for each name, found by its hash; the ids of those who go by it, one behind the other.
CREATE TABLE identities (
    name {bytes} NOT NULL PRIMARY KEY,
    people {bytes} NOT NULL
) {clustered};

-- A row for each person. Who turned out to be somebody else stays, without names, and says who (`joined`).
CREATE TABLE persons (
    id {bytes} NOT NULL PRIMARY KEY,
    version BIGINT NOT NULL,
    names {bytes} NOT NULL,
    joined {bytes} NOT NULL
) {clustered};
