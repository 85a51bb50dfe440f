import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { ensureDualCa } from '../../drivers/certs/create-ca.ts';
import { openStore } from '../../store/open-store.ts';
import { upgradeHead } from '../../store/schema/migrate.ts';
import { exitStatusOf, renderFindings } from './findings.ts';
import { checkUpgrade } from './run-upgrade-check.ts';

let directory: string;
beforeEach(() => { directory = mkdtempSync(join(tmpdir(), 'octavia-upgrade-check-')); });
afterEach(() => rmSync(directory, { recursive: true }));

async function check(more = '', schema = true) {
  const connection = `sqlite:///${join(directory, 'octavia.db')}`;
  if (schema) {
    const store = await openStore(connection);
    await upgradeHead(store);
    await store.close();
  }
  const files = await ensureDualCa(directory);
  const file = join(directory, 'octavia.conf');
  writeFileSync(file, `[database]\nconnection = ${connection}\n[certificates]\nca_certificate = ${files.serverCaCert}\n[haproxy_amphora]\nserver_ca = ${files.serverCaCert}\nclient_cert = ${files.clientCertAndKey}\n[controller_worker]\nclient_ca = ${files.clientCaCert}\n${more}`);
  const findings = await checkUpgrade({ configFile: [file], configDir: [] });
  return { findings, status: exitStatusOf(findings), of: (name: string) => findings.find((finding) => finding.check === name) };
}

describe('status upgrade check', () => {
  it('a complete deployment passes', async () => {
    const { findings, status } = await check();
    expect(findings.filter(({ result }) => result !== 'Success')).toEqual([]);
    expect(status).toBe(0);
  });

  it('a database without our tables fails and names the remedy', async () => {
    const { of, status } = await check('', false);
    expect(of('Database Schema')).toMatchObject({ result: 'Failure', details: expect.stringContaining('upgrade head') });
    expect(status).toBe(2);
  });

  it.each([
    ['[oslo_policy]\npolicy_file = policy.json\n', 'YAML Policy File', 'Warning', 1], ['[oslo_policy]\npolicy_file = policy.txt\n', 'YAML Policy File', 'Failure', 2],
    ['[DEFAULT]\nno_such_option = 1\n', 'Configuration', 'Warning', 1], ['[DEFAULT]\ntransport_url = kafka://x\n', 'Message Queue', 'Failure', 2],
    ['[DEFAULT]\ntransport_url = rabbit://h/?ssl=maybe\n', 'Message Queue', 'Failure', 2],
    ['[certificates]\ncert_manager = castellan_cert_manager\n[key_manager]\nbackend = vault\n', 'Key Manager', 'Failure', 2],
    ['[certificates]\nca_certificate = /nowhere\n', 'Certificate [certificates] ca_certificate', 'Failure', 2], ['[health_manager]\nbind_port = many\n', 'Configuration', 'Failure', 2],
  ] as const)('%j is told', async (more, name, result, expected) => {
    const { of, status } = await check(more);
    expect(of(name)?.result).toBe(result);
    expect(status).toBe(expected);
  });

  it('rules that cannot be read fail', async () => {
    writeFileSync(join(directory, 'policy.yaml'), '"os_load-balancer_api:read": "role:reader and ("\n');
    const { of } = await check();
    expect(of('Policy Rules')?.result).toBe('Failure');
  });

  it('the table is that of every OpenStack service', () => {
    expect(renderFindings([{ check: 'A', result: 'Success', details: null }, { check: 'B', result: 'Failure', details: 'word '.repeat(16).trim() }]).split('\n')).toEqual([
      '+------------------------------------------------------------+',
      '| Upgrade Check Results                                      |',
      '+------------------------------------------------------------+',
      '| Check: A                                                   |',
      '| Result: Success                                            |',
      '| Details: None                                              |',
      '+------------------------------------------------------------+',
      '| Check: B                                                   |',
      '| Result: Failure                                            |',
      '| Details: word word word word word word word word word word |',
      '|   word word word word word word                            |',
      '+------------------------------------------------------------+',
      '',
    ]);
  });
});
