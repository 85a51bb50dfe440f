import { execFileSync, spawn, type ChildProcess } from 'node:child_process';
import { chownSync, existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir, userInfo } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { sql } from 'kysely';
import { freePort } from '../../lib/testing/free-port.ts';
import type { DialectName, Store } from '../database.ts';
import { openStore } from '../open-store.ts';

/** A throw-away database server (or a directory for SQLite files) that hands out empty databases. */
export interface TestServer {
  readonly dialect: DialectName;
  /** Connection URL of a new, empty database. */
  readonly newDatabase: () => Promise<string>;
  readonly stop: () => Promise<void>;
}

/** The dialects whose servers this machine has. SQLite always; others are skipped without their binaries. */
export const availableDialects: readonly DialectName[] = ['sqlite', ...(mysqlBinaries() ? (['mysql'] as const) : []), ...(postgresBinaries() ? (['postgres'] as const) : [])];

/** Starts a server in a temporary directory, reachable over loopback or a unix socket only. */
export async function startTestServer(dialect: DialectName): Promise<TestServer> {
  const root = mkdtempSync(join(tmpdir(), `octavia-${dialect}-`));
  switch (dialect) {
    case 'sqlite':
      return sqliteFiles(root);
    case 'mysql':
      return await startMysql(root);
    case 'postgres':
      return await startPostgres(root);
  }
}

let count = 0;
const nextName = () => `t${(count += 1)}`;

function sqliteFiles(root: string): TestServer {
  return {
    dialect: 'sqlite',
    newDatabase: async () => `sqlite:///${join(root, `${nextName()}.db`)}`,
    stop: async () => rmSync(root, { recursive: true }),
  };
}

function mysqlBinaries(): { server: string; install: string } | null {
  const server = firstExisting('/usr/sbin/mariadbd', '/usr/sbin/mysqld');
  const install = firstExisting('/usr/bin/mariadb-install-db', '/usr/bin/mysql_install_db');
  return server && install ? { server, install } : null;
}

/** The machine has few asynchronous I/O slots, and a dozen servers may start at once: some then fail. */
const PLAIN_IO = '--innodb-use-native-aio=0';

async function startMysql(root: string): Promise<TestServer> {
  const binaries = mysqlBinaries();
  if (!binaries) throw new Error('no MariaDB binaries');
  const owner = unprivileged(root);
  const data = join(root, 'data');
  const socket = join(root, 'sock');
  // Servers that start side by side must not share a directory for temporary tables.
  const as = { uid: owner.uid, gid: owner.gid, cwd: root, env: { ...process.env, HOME: root, TMPDIR: root } };
  execFileSync(binaries.install, ['--no-defaults', `--datadir=${data}`, '--auth-root-authentication-method=normal', '--skip-test-db', `--tmpdir=${root}`, PLAIN_IO], { ...as, stdio: ['ignore', 'ignore', 'pipe'] });
  const server = spawn(binaries.server, [
    '--no-defaults', `--datadir=${data}`, `--socket=${socket}`, '--skip-networking', `--pid-file=${join(root, 'pid')}`, `--log-error=${join(root, 'log')}`,
    '--innodb-flush-log-at-trx-commit=0', '--innodb-buffer-pool-size=32M', '--skip-log-bin', `--tmpdir=${root}`, PLAIN_IO,
  ], { ...as, stdio: 'ignore' });
  const url = (database: string) => `mysql+pymysql://root@localhost/${database}?charset=utf8&unix_socket=${socket}`;
  const admin = await untilReachable(server, url('mysql'));
  return serverOf('mysql', { root, server, admin, url, create: (name) => `create database ${name} character set utf8mb3` });
}

function postgresBinaries(): string | null {
  const base = '/usr/lib/postgresql';
  const versions = existsSync(base) ? readdirSync(base) : [];
  return versions.map((version) => join(base, version, 'bin')).find((bin) => existsSync(join(bin, 'initdb'))) ?? null;
}

async function startPostgres(root: string): Promise<TestServer> {
  const bin = postgresBinaries();
  if (!bin) throw new Error('no PostgreSQL binaries');
  const owner = unprivileged(root);
  const data = join(root, 'data');
  const as = { uid: owner.uid, gid: owner.gid, cwd: root, env: { ...process.env, HOME: root } };
  execFileSync(join(bin, 'initdb'), ['-D', data, '-U', 'octavia', '-A', 'trust', '-E', 'UTF8', '--locale=C', '--no-sync'], { ...as, stdio: 'ignore' });
  const port = await freePort();
  const server = spawn(join(bin, 'postgres'), ['-D', data, '-k', root, '-p', String(port), '-c', 'listen_addresses=127.0.0.1', '-c', 'fsync=off', '-c', 'shared_buffers=16MB'], { ...as, stdio: 'ignore' });
  const url = (database: string) => `postgresql+psycopg2://octavia@127.0.0.1:${port}/${database}`;
  const admin = await untilReachable(server, url('postgres'));
  return serverOf('postgres', { root, server, admin, url, create: (name) => `create database ${name}` });
}

interface Started {
  readonly root: string;
  readonly server: ChildProcess;
  readonly admin: Store;
  readonly url: (database: string) => string;
  readonly create: (name: string) => string;
}

function serverOf(dialect: DialectName, { root, server, admin, url, create }: Started): TestServer {
  return {
    dialect,
    newDatabase: async () => {
      const name = nextName();
      await sql.raw(create(name)).execute(admin.read);
      return url(name);
    },
    stop: async () => {
      await admin.close();
      const ended = new Promise((resolve) => server.once('exit', resolve));
      // Nothing of it is needed any more, so no orderly shutdown.
      server.kill('SIGKILL');
      await ended;
      rmSync(root, { recursive: true });
    },
  };
}

async function untilReachable(server: ChildProcess, url: string): Promise<Store> {
  for (let attempt = 0; ; attempt += 1) {
    try {
      return await openStore(url);
    } catch (error) {
      if (attempt > 1_000 || server.exitCode !== null) throw error;
    }
    await sleep(100);
  }
}

/** Database servers refuse to run as root: the directory goes to their own account where there is one. */
function unprivileged(root: string): { uid: number; gid: number } {
  const self = userInfo();
  if (self.uid !== 0) return { uid: self.uid, gid: self.gid };
  const nobody = { uid: 65534, gid: 65534 };
  mkdirSync(root, { recursive: true });
  chownSync(root, nobody.uid, nobody.gid);
  return nobody;
}

function firstExisting(...paths: readonly string[]): string | null {
  return paths.find((path) => existsSync(path)) ?? null;
}
