import { execFileSync } from 'node:child_process';
import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, describe, expect, test } from 'vitest';
import { sampleGraph } from '../haproxy/testdata/sample-graph.ts';
import { run } from '../../lib/run.ts';
import { checkScript, haproxyCheckScript, lvsCheckScript } from './check-scripts.ts';
import { KeepalivedTextRejected } from './keepalived-writer.ts';
import { renderVrrp } from './render-vrrp.ts';
import type { VrrpOptions } from './render-vrrp.ts';

const GRAPH = sampleGraph({
  topology: 'ACTIVE_STANDBY',
  vrrpGroup: { name: '11111111000040008000000000000001', authType: 'PASS', authPass: 's3cret7', advertInt: 1 },
  amphorae: [{}, {}, { status: 'DELETED' }],
});
const MASTER = GRAPH.amphorae[0]!;
const V4 = { ipAddress: '10.0.0.2', cidr: '10.0.0.0/24', gateway: '10.0.0.1', hostRoutes: [{ destination: '192.0.2.0/24', nexthop: '10.0.0.254' }] };
const V6 = { ipAddress: '2001:db8::2', cidr: '2001:db8::/64', gateway: null, hostRoutes: [] };
const CLASSIC: VrrpOptions = { interface: 'eth1', vips: [V4, V6], advertIntervalMs: 1000, isOurs: false };

describe('octavia-keepalived.conf', () => {
  const directory = mkdtempSync(join(tmpdir(), 'vrrp-'));
  afterAll(() => rmSync(directory, { recursive: true, force: true }));

  /** What `keepalived -t` complains of in a namespace of its own that has an eth1; script ownership aside. */
  async function complaints(config: string): Promise<readonly string[]> {
    mkdirSync(join(directory, 'vrrp'), { recursive: true });
    writeFileSync(join(directory, 'vrrp/check_script.sh'), '#!/bin/sh\nexit 0\n');
    chmodSync(join(directory, 'vrrp/check_script.sh'), 0o755);
    const file = join(directory, 'keepalived.conf');
    writeFileSync(file, config.replaceAll('/var/lib/octavia', directory));
    const command = 'ip link add eth1 type veth peer name other && ip link set eth1 up && exec keepalived -t -f "$1"';
    const { stdout, stderr } = await run('unshare', ['-n', 'sh', '-c', command, 'sh', file]).catch((error: { stdout: string; stderr: string }) => error);
    return `${stdout}${stderr}`.split('\n').filter((line) => line !== '' && !/script_user|script security|SECURITY/.test(line));
  }

  test('has the words of the original, in its order, and keepalived accepts them', async () => {
    const config = renderVrrp(GRAPH, MASTER, CLASSIC);
    await expect(config).toMatchFileSnapshot('testdata/classic.out.conf');
    expect(await complaints(config)).toEqual([]);
  });

  test('between our own agents uses VRRP 3 with fractions of a second and without a password', async () => {
    const config = renderVrrp(GRAPH, MASTER, { ...CLASSIC, isOurs: true, advertIntervalMs: 50 });
    await expect(config).toMatchFileSnapshot('testdata/own-pair.out.conf');
    expect(config).not.toContain('s3cret7');
    expect(await complaints(config)).toEqual([]);
  });

  test('an interval below a second is rounded up to one for foreign agents', () => {
    expect(renderVrrp(GRAPH, MASTER, { ...CLASSIC, advertIntervalMs: 50 })).toContain('    advert_int 1\n');
  });

  test('addresses of the other family than the VRRP address are excluded from advertisements', () => {
    const v6 = sampleGraph({ topology: 'ACTIVE_STANDBY', amphorae: [{ vrrpIp: '2001:db8::10' }, { vrrpIp: '2001:db8::11' }] });
    const config = renderVrrp(v6, v6.amphorae[0]!, CLASSIC);
    expect(config).toContain('virtual_ipaddress {\n        2001:db8::2\n    }');
    expect(config).toContain('virtual_ipaddress_excluded {\n        10.0.0.2\n    }');
    expect(config).toContain('unicast_peer {\n        2001:db8::11\n    }');
  });

  test('no stored text adds a line or a block: it is written as one word or refused', () => {
    const lines = renderVrrp(GRAPH, MASTER, CLASSIC).split('\n').length;
    fc.assert(fc.property(fc.string({ unit: 'binary', maxLength: 40 }), fc.constantFrom('interface', 'authPass', 'name', 'cidr', 'gateway', 'destination'), (text, field) => {
      const group = { ...GRAPH.vrrpGroup!, ...(field === 'authPass' && { authPass: text }), ...(field === 'name' && { name: text }) };
      const vip = {
        ...V4, ...(field === 'cidr' && { cidr: text }), ...(field === 'gateway' && { gateway: text }),
        ...(field === 'destination' && { hostRoutes: [{ destination: text, nexthop: '10.0.0.254' }] }),
      };
      const options = { ...CLASSIC, vips: [vip, V6], ...(field === 'interface' && { interface: text }) };
      try {
        expect(renderVrrp({ ...GRAPH, vrrpGroup: group }, MASTER, options).split('\n')).toHaveLength(lines);
      } catch (error) {
        expect(error).toBeInstanceOf(KeepalivedTextRejected);
      }
    }));
  });
});

describe('check scripts', () => {
  const directory = mkdtempSync(join(tmpdir(), 'vrrp-checks-'));
  afterAll(() => rmSync(directory, { recursive: true, force: true }));

  function exitCode(script: string): number {
    try {
      execFileSync('sh', ['-c', script], { stdio: 'ignore' });
      return 0;
    } catch (error) {
      return (error as { status: number }).status;
    }
  }

  test('the main script fails as soon as one of its scripts fails', () => {
    const scripts = join(directory, 'check_scripts');
    mkdirSync(scripts);
    expect(exitCode(checkScript(scripts))).toBe(0);
    writeFileSync(join(scripts, 'a'), 'exit 0\n');
    expect(exitCode(checkScript(scripts))).toBe(0);
    writeFileSync(join(scripts, 'b'), 'exit 3\n');
    expect(exitCode(checkScript(scripts))).toBe(1);
  });

  test('the L4 script fails when a listed process is gone', () => {
    const lvs = join(directory, 'lvs');
    mkdirSync(lvs);
    expect(exitCode(lvsCheckScript(lvs))).toBe(0);
    writeFileSync(join(lvs, 'octavia-keepalivedlvs-x.pid'), `${process.pid}\n`);
    writeFileSync(join(lvs, 'octavia-keepalivedlvs-x.check.pid'), '4194304\n');
    expect(exitCode(lvsCheckScript(lvs))).toBe(0);
    writeFileSync(join(lvs, 'octavia-keepalivedlvs-y.pid'), '4194304\n');
    expect(exitCode(lvsCheckScript(lvs))).toBe(1);
  });

  test('without any haproxy the node gives up the VIP', () => {
    expect(exitCode(haproxyCheckScript([]))).toBe(1);
    expect(haproxyCheckScript(['/var/lib/octavia/x.sock'])).toBe('haproxy-vrrp-check /var/lib/octavia/x.sock; exit $?\n');
  });
});
