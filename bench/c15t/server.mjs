// c15t's backend on Node's HTTP server, on SQLite (WAL, synchronous FULL) or PostgreSQL, for bench/cmp.py.
// usage: node server.mjs PORT sqlite:FILE | postgresql://…
import { DatabaseSync } from 'node:sqlite';
import { serve } from '@hono/node-server';
import { c15tInstance } from '@c15t/backend';
import { kyselyAdapter } from '@c15t/backend/db/adapters/kysely';
import { migrator } from '@c15t/backend/db/migrator';
import { DB } from '@c15t/backend/db/schema';
import { Kysely, PostgresDialect, SqliteDialect } from 'kysely';
import pg from 'pg';

/** Node's own SQLite in the shape that Kysely expects of better-sqlite3: no native build needed. */
function sqlite(file) {
  const database = new DatabaseSync(file);
  database.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL');
  return {
    close: () => database.close(),
    prepare(sql) {
      const statement = database.prepare(sql);
      return {
        reader: statement.columns().length > 0,
        all: (parameters) => statement.all(...parameters),
        run: (parameters) => statement.run(...parameters),
        iterate: (parameters) => statement.iterate(...parameters),
      };
    },
  };
}

const [port, url] = process.argv.slice(2);
const isSqlite = url.startsWith('sqlite:');
const db = new Kysely({
  dialect: isSqlite
    ? new SqliteDialect({ database: sqlite(url.slice('sqlite:'.length)) })
    : new PostgresDialect({ pool: new pg.Pool({ connectionString: url, max: 16 }) }),
});
const adapter = kyselyAdapter({ db, provider: isSqlite ? 'sqlite' : 'postgresql' });
const steps = await migrator({ db: DB.client(adapter), schema: 'latest' });
if (steps.execute) await steps.execute();

const c15t = c15tInstance({
  appName: 'bench',
  basePath: '/',
  trustedOrigins: ['https://shop.example'],
  adapter,
  logger: { level: 'error' },
});
serve({ fetch: (request) => c15t.handler(request), port: Number(port), hostname: '127.0.0.1' }, () =>
  console.log('listening'),
);
