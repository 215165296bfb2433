-- People whose events leave no trace, and what was asked for about them.

CREATE TABLE suppressions (
    organisation TEXT NOT NULL,
    workspace TEXT NOT NULL,
    subject TEXT NOT NULL,
    at BIGINT NOT NULL,
    PRIMARY KEY (organisation, workspace, subject)
) {clustered};

CREATE TABLE regulations (
    id {bytes} NOT NULL PRIMARY KEY,
    organisation TEXT NOT NULL,
    workspace TEXT NOT NULL,
    kind TEXT NOT NULL,
    subjects {bytes} NOT NULL,
    at BIGINT NOT NULL,
    who TEXT NOT NULL
);
CREATE INDEX regulations_by_workspace ON regulations (organisation, workspace, id);
