import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { loadConfig } from '../../config/load-config.ts';
import { openStore } from '../../store/open-store.ts';
import { upgradeHead } from '../../store/schema/migrate.ts';
import { withStore } from './check-stores.ts';

let directory: string;
let connection: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'octavia-doctor-'));
  connection = `sqlite:///${join(directory, 'octavia.db')}`;
});
afterEach(() => rmSync(directory, { recursive: true }));

const config = () => loadConfig({ files: [], env: {}, overrides: { database: { connection } } });

describe('the doctor\'s look at the database', () => {
  it('a look that fails after it is a finding of its own, not one about the schema', async () => {
    const store = await openStore(connection);
    await upgradeHead(store);
    await store.close();
    const findings = await withStore(config(), () => Promise.reject(new Error('no such key')));
    expect(findings.map(({ area, what, result }) => `${result} ${area} ${what}`)).toEqual(['ok database connection', 'ok database schema', 'failure amphorae look']);
    expect(findings.at(-1)?.detail).toBe('no such key');
  });

  it('without the schema nothing else is looked at', async () => {
    const findings = await withStore(config(), () => Promise.reject(new Error('was looked at')));
    expect(findings.map(({ what, result }) => `${result} ${what}`)).toEqual(['ok connection', 'failure schema']);
  });
});
