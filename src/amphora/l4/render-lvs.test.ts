import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, describe, expect, test } from 'vitest';
import { run } from '../../lib/run.ts';
import { sampleGraph, sampleId } from '../haproxy/testdata/sample-graph.ts';
import type { SampleGraph, SampleListener, SamplePool } from '../haproxy/testdata/sample-graph.ts';
import { KeepalivedTextRejected } from '../keepalived/keepalived-writer.ts';
import { planHealthChecks } from './health-checks.ts';
import { L4ConfigRejected } from './l4-service.ts';
import { parseLvs } from './parse-lvs.ts';
import { renderLvs } from './render-lvs.ts';

const POOL = sampleId('3', 1);

function render(pool: SamplePool, listener: SampleListener = {}, graph: SampleGraph = {}): string {
  const built = sampleGraph({
    listeners: [{ protocol: 'UDP', protocolPort: 53, defaultPoolId: POOL, ...listener }], pools: [{ protocol: 'UDP', ...pool }], ...graph,
  });
  return renderLvs(built, built.listeners[0]!);
}

const DUAL: SampleGraph = { additionalVips: [{ ipAddress: '2001:db8::2', portId: null, subnetId: 'x', networkId: null }] };
const MEMBERS = [{ weight: 3 }, { ipAddress: '2001:db8::9', protocolPort: 5353, monitorAddress: '2001:db8::99', monitorPort: 7 }, { enabled: false }];

const CASES: Readonly<Record<string, string>> = {
  'udp-dual-stack': render({
    members: MEMBERS, sessionPersistence: { persistenceTimeoutSeconds: 33, persistenceGranularity: '255.255.0.0' },
    healthMonitor: { type: 'UDP-CONNECT', delaySeconds: 30, timeoutSeconds: 31 },
  }, { connectionLimit: 98 }, DUAL),
  sctp: render({ protocol: 'SCTP', lbAlgorithm: 'SOURCE_IP', members: [{}], healthMonitor: { type: 'SCTP' } }, { protocol: 'SCTP' }),
  'http-check': render({
    lbAlgorithm: 'LEAST_CONNECTIONS', members: [{}], healthMonitor: { type: 'HTTP', urlPath: '/a b#!?x={1}', expectedCodes: '200-201,204' },
    sessionPersistence: {},
  }),
  'http-check-many-codes': render({ members: [{}], healthMonitor: { type: 'HTTP', expectedCodes: '200-499' } }),
  'http-check-post': render({ members: [{}], healthMonitor: { type: 'HTTP', httpMethod: 'POST' } }),
  'tcp-check': render({ members: [{ monitorPort: 80 }], healthMonitor: { type: 'TCP' } }),
  'check-without-delay': render({ members: [{}], healthMonitor: { type: 'TCP', delaySeconds: 0, timeoutSeconds: 0 } }),
  'disabled-listener': render({ members: [{}] }, { enabled: false }),
  'disabled-pool': render({ members: [{}], enabled: false }),
  'no-pool': render({}, { defaultPoolId: null }),
  'empty-pool': render({}),
};

describe('octavia-keepalivedlvs-<listener>.conf', () => {
  const directory = mkdtempSync(join(tmpdir(), 'lvs-'));
  afterAll(() => rmSync(directory, { recursive: true, force: true }));

  test.each(Object.entries(CASES))('%s is rendered as recorded and keepalived reads it', async (name, text) => {
    await expect(text).toMatchFileSnapshot(`testdata/${name}.out.conf`);
    const file = join(directory, `${name}.conf`);
    // The namespace is the amphora's, and scripts are found there: both are left to it.
    writeFileSync(file, text.replace(/^net_namespace .*$/m, '').replaceAll(/"(?:\S+udp_check.sh|amphora-health-checker)/g, '"/bin/true'));
    const { stdout, stderr } = await run('keepalived', ['-t', '-f', file]).catch((error: { stdout: string; stderr: string }) => error);
    const complaints = `${stdout}${stderr}`.split('\n').filter((line) => line !== '' && !/SECURITY|script_user|no real servers?|IPVS|ip_vs/i.test(line));
    expect(complaints).toEqual([]);
  });

  test.each([
    ['ffff:ffff:ffff:ffff::', 64], ['FFFF:FFFF:8000::', 33], ['ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff', 128], ['ffff::ffff', 128], ['::', 128], ['255.255.0.0', 128],
  ])('clients of IPv6 that count as one: %s means /%i', (mask, prefix) => {
    const config = render({ members: [{}], sessionPersistence: { persistenceGranularity: mask } }, {}, DUAL);
    expect(parseLvs(config).pool?.persistence?.prefix6).toBe(prefix);
  });

  test.each([['255.255.0.0', 16], ['0.0.0.0', 0], ['255.0.255.0', 32], ['10.0.0.1', 32]])('clients of IPv4 that count as one: %s means /%i', (mask, prefix) => {
    const config = render({ members: [{}], sessionPersistence: { persistenceGranularity: mask } });
    expect(parseLvs(config).pool?.persistence?.prefix4).toBe(prefix);
  });

  test.each([[null, 360], [0, 360], [-1, 360], [33, 33], [2_147_483_647, 2_678_400]])('a persistence timeout of %s lasts %i seconds', (stored, seconds) => {
    const config = render({ members: [{}], sessionPersistence: { persistenceTimeoutSeconds: stored } });
    expect(parseLvs(config).pool?.persistence?.timeoutSeconds).toBe(seconds);
  });

  test.each([[0, 2], [1, 2], [3, 3]])('the check of UDP members, which takes more than a second, gets with a timeout of %i seconds %i', (timeoutSeconds, given) => {
    expect(render({ members: [{}], healthMonitor: { type: 'UDP-CONNECT', timeoutSeconds } })).toContain(`misc_timeout ${given}\n`);
  });

  test('a monitor with the longest times is served with those that keepalived and the agent can count', () => {
    const longest = { delaySeconds: 2_147_483_647, timeoutSeconds: 2_147_483_647 };
    for (const type of ['TCP', 'HTTP', 'UDP-CONNECT', 'SCTP'] as const) {
      const config = render({ members: [{}], healthMonitor: { type, ...longest } });
      const timeouts = [...config.matchAll(/(?:connect|misc)_timeout (\d+)/g)].map((found) => Number(found[1]));
      expect(timeouts.filter((seconds) => seconds > 4294)).toEqual([]);
      const [planned] = planHealthChecks(parseLvs(config));
      // Timers of Node.js that would wait longer go off at once.
      expect((planned?.intervalSeconds ?? 0) * 1000).toBeLessThan(2 ** 31);
    }
  });

  test('a parsed file says what the load balancer meant', () => {
    expect(parseLvs(CASES['udp-dual-stack']!)).toEqual({
      loadBalancerId: sampleId('1', 1), listenerId: sampleId('2', 1), isEnabled: true, protocol: 'UDP',
      vips: [{ address: '10.0.0.2', port: 53 }, { address: '2001:db8::2', port: 53 }],
      pool: {
        id: POOL, isEnabled: true, algorithm: 'wrr', persistence: { timeoutSeconds: 33, prefix4: 16, prefix6: 128 }, monitorId: sampleId('5', 1),
        checkIntervalSeconds: 30, failuresUntilDown: 3, disabledMemberIds: [sampleId('4', 3)],
        members: [
          { id: sampleId('4', 1), address: '10.1.0.1', port: 8080, weight: 3, connectionLimit: 98, check: { kind: 'udp', address: '10.1.0.1', port: 8080, timeoutSeconds: 31 } },
          { id: sampleId('4', 2), address: '2001:db8::9', port: 5353, weight: 1, connectionLimit: 98, check: { kind: 'udp', address: '2001:db8::99', port: 7, timeoutSeconds: 31 } },
        ],
      },
    });
    expect(parseLvs(CASES['sctp']!).pool?.members[0]?.check).toEqual({ kind: 'sctp', address: '10.1.0.1', port: 8080, timeoutSeconds: 3 });
    expect(parseLvs(CASES['http-check']!).pool?.members[0]?.check).toEqual({
      kind: 'http', address: '10.1.0.1', port: 8080, timeoutSeconds: 3, path: '/a%20b%23%21?x=%7B1%7D', statusCodes: [200, 201, 204],
    });
    expect(parseLvs(CASES['http-check-many-codes']!).pool?.members[0]?.check).toMatchObject({ statusCodes: Array.from({ length: 300 }, (_, index) => 200 + index) });
    expect(parseLvs(CASES['tcp-check']!).pool?.members[0]?.check).toEqual({ kind: 'tcp', address: '10.1.0.1', port: 80, timeoutSeconds: 3 });
    expect(parseLvs(CASES['http-check-post']!).pool?.members[0]?.check).toBeNull();
    expect(parseLvs(CASES['disabled-listener']!)).toMatchObject({ isEnabled: false, listenerId: sampleId('2', 1), pool: null });
    expect(parseLvs(CASES['disabled-pool']!).pool).toMatchObject({ isEnabled: false, members: [] });
    expect(parseLvs(CASES['no-pool']!).pool).toBeNull();
  });

  test('a file in the original\'s own layout is read as well', () => {
    const service = parseLvs(ORIGINAL_LAYOUT);
    expect(service.pool?.members.map((member) => [member.id, member.address, member.weight])).toEqual([
      [sampleId('4', 1), '10.0.0.99', 13], [sampleId('4', 2), '10.0.0.98', 13],
    ]);
    expect(service.pool?.members[1]?.check).toEqual({ kind: 'udp', address: '10.0.0.98', port: 82, timeoutSeconds: 31 });
    expect(planHealthChecks(service)).toHaveLength(2);
    expect(planHealthChecks(service)[0]).toMatchObject({ intervalSeconds: 30, failuresUntilDown: 3 });
  });

  test.each([
    ['lb_kind NAT', 'lb_kind DR'], ['lb_algo wrr', 'lb_algo mh'], ['protocol UDP', 'protocol TCP'], ['real_server 10.0.0.99', 'real_server host'],
    ['    # Configuration for Member 44444444-0000-4000-8000-000000000001\n', ''], ['        weight 13\n', '        weight x\n'], ['}\n', ''],
  ])('%s changed to %s is refused with a reason', (from, to) => {
    expect(() => parseLvs(ORIGINAL_LAYOUT.replace(from, to))).toThrow(L4ConfigRejected);
  });

  test('no stored text adds a block or a comment', () => {
    fc.assert(fc.property(fc.string({ unit: 'binary', maxLength: 30 }), (text) => {
      const config = render({ members: [{}], healthMonitor: { type: 'HTTP', urlPath: `/${text}` }, sessionPersistence: { persistenceGranularity: text } });
      expect(config.split('\n')).toHaveLength(CASES['http-check']!.split('\n').length);
      expect(parseLvs(config).pool?.members).toHaveLength(1);
    }));
    expect(() => render({ members: [{ ipAddress: '10.0.0.1 {' }] })).toThrow(KeepalivedTextRejected);
  });
});

const ORIGINAL_LAYOUT = `# Configuration for Loadbalancer ${sampleId('1', 1)}
# Configuration for Listener ${sampleId('2', 1)}

net_namespace amphora-haproxy

virtual_server_group ipv4-group {
    10.0.0.2 80
}

virtual_server group ipv4-group {
    lb_algo wrr
    lb_kind NAT
    protocol UDP
    delay_loop 30
    delay_before_retry 30
    retry 3


    # Configuration for Pool ${sampleId('3', 1)}
    # Configuration for HealthMonitor ${sampleId('5', 1)}
    # Configuration for Member ${sampleId('4', 1)}
    real_server 10.0.0.99 82 {
        weight 13
        uthreshold 98
        MISC_CHECK {
            misc_path "/var/lib/octavia/lvs/check/udp_check.sh 10.0.0.99 82"
            misc_timeout 31
        }
    }

    # Configuration for Member ${sampleId('4', 2)}
    real_server 10.0.0.98 82 {
        weight 13
        uthreshold 98
        MISC_CHECK {
            misc_path "/var/lib/octavia/lvs/check/udp_check.sh 10.0.0.98 82"
            misc_timeout 31
        }
    }

}

`;
