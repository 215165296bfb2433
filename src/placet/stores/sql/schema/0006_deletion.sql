-- Deletion of what is stored about somebody: how far each has come, and what destinations were told because of it.

ALTER TABLE regulations ADD COLUMN source TEXT NOT NULL DEFAULT '';
ALTER TABLE regulations ADD COLUMN named TEXT NOT NULL DEFAULT 'user_id';
ALTER TABLE regulations ADD COLUMN done BIGINT NOT NULL DEFAULT 0;

-- Until now there were only suppressions, which held as soon as they were written down.
UPDATE regulations SET done = at;

-- The regulation a withdrawal comes from; null where somebody took their consent back.
ALTER TABLE withdrawals ADD COLUMN regulation {bytes};
CREATE INDEX withdrawals_by_regulation ON withdrawals (regulation) WHERE regulation IS NOT NULL;

-- Who turned out to be somebody: asked when that somebody is deleted.
CREATE INDEX persons_joined ON persons (joined) WHERE length(joined) > 0;
