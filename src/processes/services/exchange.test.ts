import { execFile } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { ensureCertificates } from '../certificates/certificates-command.ts';
import { openStore } from '../../store/open-store.ts';
import { upgradeHead } from '../../store/schema/migrate.ts';
import { projectRoot } from '../project.ts';

const ALL = ['health-manager', 'housekeeping', 'worker', 'driver-agent', 'api'];
let directory: string;
let config: string;

/** Records what is asked of systemd; units named in `broken` do not start while they are ours. */
const SYSTEMCTL = `#!/bin/sh
echo "$*" >> "$WORLD/asked"
case "$1" in
  cat) grep -qx "$2" "$WORLD/units" ;;
  restart) if grep -qx "$2" "$WORLD/broken" && [ -e "$DESTDIR/etc/systemd/system/$2.d" ]; then exit 1; fi ;;
  is-active) [ "$2" = --quiet ] || echo active ;;
esac
`;

beforeEach(async () => {
  directory = mkdtempSync(join(tmpdir(), 'octavia-exchange-'));
  mkdirSync(join(directory, 'bin'));
  writeFileSync(join(directory, 'bin/systemctl'), SYSTEMCTL);
  chmodSync(join(directory, 'bin/systemctl'), 0o755);
  writeFileSync(join(directory, 'units'), ALL.map((name) => `octavia-${name}.service\n`).join(''));
  writeFileSync(join(directory, 'broken'), '');
  const connection = `sqlite:///${join(directory, 'octavia.db')}`;
  const store = await openStore(connection);
  await upgradeHead(store);
  await store.close();
  const certs = join(directory, 'certs');
  await ensureCertificates(certs);
  config = join(directory, 'octavia.conf');
  writeFileSync(config, `[database]\nconnection = ${connection}\n[certificates]\nca_certificate = ${certs}/server_ca.cert.pem\n[haproxy_amphora]\nserver_ca = ${certs}/server_ca.trusted.pem\nclient_cert = ${certs}/client.cert-and-key.pem\n[controller_worker]\nclient_ca = ${certs}/client_ca.cert.pem\n`);
});
afterEach(() => rmSync(directory, { recursive: true }));

async function exchange(...args: string[]): Promise<{ readonly status: number; readonly text: string }> {
  const env = { ...process.env, PATH: `${join(directory, 'bin')}:${process.env['PATH']}`, DESTDIR: directory, OCTAVIA_CONFIG: config, WORLD: directory };
  try {
    const { stdout, stderr } = await promisify(execFile)(join(projectRoot, 'deploy/exchange.sh'), args, { env });
    return { status: 0, text: stdout + stderr };
  } catch (error) {
    const { code, stdout, stderr } = error as { code: number; stdout: string; stderr: string };
    return { status: code, text: stdout + stderr };
  }
}
const dropin = (name: string): string => join(directory, `etc/systemd/system/octavia-${name}.service.d/octavia-in-typescript.conf`);
const restarted = (): string[] => (existsSync(join(directory, 'asked')) ? readFileSync(join(directory, 'asked'), 'utf8') : '').split('\n').flatMap((line) => /^restart octavia-(.*)\.service$/.exec(line)?.[1] ?? []);

describe('deploy/exchange.sh', () => {
  it('exchanges all processes, the API last, and all of them back, the API first', async () => {
    expect(await exchange('ours')).toMatchObject({ status: 0 });
    expect(restarted()).toEqual(ALL);
    expect(readFileSync(dropin('worker'), 'utf8')).toContain(`ExecStart=\nExecStart=${projectRoot}/octavia worker --config-file ${config}\n`);
    expect((await exchange('status')).text).toMatch(/octavia-api: ours, active/);
    // A database that is away for long must not make systemd give a process up.
    expect(readFileSync(dropin('worker'), 'utf8')).toMatch(/^\[Unit\]\nStartLimitIntervalSec=0\n\n\[Service\]\n(.*\n)*RestartSec=1\n/);
    expect(await exchange('original')).toMatchObject({ status: 0 });
    expect(restarted().slice(ALL.length)).toEqual(ALL.toReversed());
    expect(ALL.filter((name) => existsSync(dropin(name)))).toEqual([]);
  }, 60_000);

  it('takes single ones, and only those that this host has', async () => {
    writeFileSync(join(directory, 'units'), 'octavia-worker.service\n');
    expect(await exchange('ours', 'worker', 'api')).toMatchObject({ status: 0, text: expect.stringMatching(/octavia-api: not on this host/) });
    expect(restarted()).toEqual(['worker']);
    expect((await exchange('status')).text).toBe('exchange: octavia-worker: ours, active\n');
    expect((await exchange('original', 'worker')).text).toBe('exchange: octavia-worker: the original\n');
    expect((await exchange('original', 'worker')).text).toBe('exchange: octavia-worker: the original already\n');
    expect((await exchange('ours', 'nonsense')).status).toBe(1);
  }, 60_000);

  it.each(['ours', 'original', 'status'])('%s is a failure on a host without any unit of the original', async (action) => {
    writeFileSync(join(directory, 'units'), 'openstack-octavia-worker.service\n');
    expect(await exchange(action, 'worker')).toMatchObject({ status: 1, text: expect.stringMatching(/this host has no unit octavia-worker\.service of the original; nothing was exchanged/) });
  });

  it('a process that does not come up is the original\'s again', async () => {
    writeFileSync(join(directory, 'broken'), 'octavia-worker.service\n');
    const { status, text } = await exchange('ours', 'worker');
    expect(status).toBe(1);
    expect(text).toMatch(/exchanged back/);
    expect(existsSync(dropin('worker'))).toBe(false);
    expect(restarted()).toEqual(['worker', 'worker']);
  }, 60_000);

  it('a database without our tables is refused before anything is touched', async () => {
    rmSync(join(directory, 'octavia.db'));
    const { status, text } = await exchange('ours');
    expect(status).toBe(1);
    expect(text).toMatch(/nothing was exchanged/);
    expect(restarted()).toEqual([]);
  }, 60_000);
});
