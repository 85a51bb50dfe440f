import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, describe, expect, test } from 'vitest';
import { run } from '../../lib/run.ts';
import { sampleId } from '../haproxy/testdata/sample-graph.ts';
import { flowsToForget } from './forget-flows.ts';
import type { L4Member, L4Pool, L4Service } from './l4-service.ts';
import { removeNftables, renderNftables } from './render-nftables.ts';
import type { L4State } from './render-nftables.ts';

const directory = mkdtempSync(join(tmpdir(), 'nft-'));
afterAll(() => rmSync(directory, { recursive: true, force: true }));

function member(number: number, over: Partial<L4Member> = {}): L4Member {
  return { id: sampleId('4', number), address: `10.1.${number}.2`, port: 8080, weight: 1, connectionLimit: null, check: null, ...over };
}

function service(pool: Partial<L4Pool>, over: Partial<L4Service> = {}): L4Service {
  return {
    loadBalancerId: sampleId('1', 1), listenerId: sampleId('2', 1), isEnabled: true, protocol: 'UDP', vips: [{ address: '10.0.0.2', port: 53 }],
    pool: {
      id: sampleId('3', 1), isEnabled: true, algorithm: 'wrr', persistence: null, monitorId: null, checkIntervalSeconds: null, failuresUntilDown: null,
      members: [], disabledMemberIds: [], ...pool,
    },
    ...over,
  };
}

const FRESH: L4State = { down: new Set(), activeFlows: new Map(), previous: null };

/** Runs a script with `$1`, `$2`… naming files that hold the given texts, in a network, mount and process world of its own. */
async function inSandbox(script: string, texts: readonly string[] = []): Promise<string> {
  const files = texts.map((text, index) => {
    const file = join(directory, `rules${index + 1}.nft`);
    writeFileSync(file, text);
    return file;
  });
  const { stdout } = await run('unshare', ['-nmpf', '--mount-proc', '--kill-child', 'sh', '-ec', script, 'sh', ...files], {
    timeoutMs: 30_000, env: { NODE: process.execPath, PEER: join(import.meta.dirname, 'testdata/udp-peer.mjs') },
  });
  return stdout;
}

describe('the kernel takes the rules', () => {
  const limited = [member(1, { weight: 3, connectionLimit: 5 }), member(2, { weight: 0, connectionLimit: 5 }), member(3, { address: '2001:db8::9', connectionLimit: 5 })];
  const dual = { vips: [{ address: '10.0.0.2', port: 53 }, { address: '2001:db8::2', port: 53 }] };
  const cases: readonly [string, L4Service][] = [
    ['weights', service({ members: [member(1), member(2, { weight: 256 }), member(3, { weight: 255 })] })],
    ['all features, both families', service({ members: limited, persistence: { timeoutSeconds: 360, prefix4: 16, prefix6: 64 } }, dual)],
    ['sctp', service({ members: limited, algorithm: 'sh' }, { ...dual, protocol: 'SCTP' })],
    ['least connections', service({ members: limited, algorithm: 'lc' }, dual)],
    ['no member', service({ members: [] })],
    ['no pool', service({}, { pool: null })],
    ['a disabled listener', service({ members: limited }, { isEnabled: false })],
  ];

  test.each(cases)('%s', async (_, wanted) => {
    await inSandbox('nft -f "$1"; nft -f "$2"; nft -f "$3"', [
      renderNftables(wanted, FRESH), renderNftables(wanted, { ...FRESH, previous: wanted }), removeNftables(wanted.listenerId),
    ]);
  });

  test('any service may follow any other, and leaves the same rules as a fresh start', async () => {
    const pools = fc.record({
      algorithm: fc.constantFrom('wrr', 'lc', 'sh' as const),
      persistence: fc.option(fc.record({ timeoutSeconds: fc.constantFrom(1, 360), prefix4: fc.constantFrom(32, 24), prefix6: fc.constantFrom(128, 64) }), { nil: null }),
      isEnabled: fc.boolean(),
      members: fc.uniqueArray(fc.record({ number: fc.integer({ min: 1, max: 4 }), weight: fc.integer({ min: 0, max: 3 }), connectionLimit: fc.constantFrom(null, 9, 10) }), { selector: (entry) => entry.number, maxLength: 4 })
        .map((entries) => entries.map(({ number, weight, connectionLimit }) => member(number, { weight, connectionLimit }))),
    }) as fc.Arbitrary<Partial<L4Pool>>;
    const down = fc.subarray([1, 2, 3, 4].map((number) => sampleId('4', number))).map((ids) => new Set(ids));
    await fc.assert(fc.asyncProperty(pools, pools, down, async (first, second, lost) => {
      const [before, after] = [service(first), service(second)];
      const list = 'nft -s list ruleset';
      const stepwise = await inSandbox(`nft -f "$1"; nft -f "$2"; ${list}`, [
        renderNftables(before, FRESH), renderNftables(after, { ...FRESH, down: lost, previous: before }),
      ]);
      const fresh = await inSandbox(`nft -f "$1"; ${list}`, [renderNftables(after, { ...FRESH, down: lost })]);
      // Objects are listed in the order of their making; what counts is that the same ones are there.
      const blocks = (text: string): readonly string[] => text.split('\n\n').map((block) => block.replace(/^table .*\n/, '').replace(/\n}\s*$/, '').trim()).toSorted();
      expect(blocks(stepwise)).toEqual(blocks(fresh));
    }), { numRuns: 12 });
  });
});

// A client and two members in namespaces of their own; members know no way back to the client but through the amphora.
const WORLD = `
mount -t tmpfs t /run; mkdir -p /run/netns; ip link set lo up
for n in client m1 m2; do ip netns add $n; ip -n $n link set lo up; done
ip link add eth1 type veth peer name e0 netns client; ip addr add 10.0.0.2/24 dev eth1; ip link set eth1 up
ip -n client addr add 10.0.0.9/24 dev e0; ip -n client link set e0 up
for i in 1 2; do
  ip link add eth$((i+1)) type veth peer name e0 netns m$i; ip addr add 10.1.$i.1/24 dev eth$((i+1)); ip link set eth$((i+1)) up
  ip -n m$i addr add 10.1.$i.2/24 dev e0; ip -n m$i link set e0 up
  ip netns exec m$i "$NODE" "$PEER" serve m$i 8080 &
done
echo 1 > /proc/sys/net/ipv4/ip_forward
for i in 1 2; do until ip netns exec m$i ss -uln | grep -q :8080; do :; done; done
many() { ip netns exec client "$NODE" "$PEER" ask 10.0.0.9 10.0.0.2 53 6; }
`;

describe('traffic', () => {
  test('flows are spread by weight, and members see the amphora\'s address', async () => {
    const output = await inSandbox(`${WORLD} nft -f "$1"; many; nft list counters | grep -A1 -E 'flows|sent' | grep packets`, [
      renderNftables(service({ members: [member(1, { weight: 2 }), member(2)] }), FRESH),
    ]);
    expect(output).toContain('m1=4 m2=2');
    expect(output).toMatch(/packets 6 /);
  });

  test('an affine client stays on its member until that goes down, and comes to another one at once', async () => {
    const wanted = service({ members: [member(1), member(2)], persistence: { timeoutSeconds: 360, prefix4: 32, prefix6: 128 } });
    const withDown = (number: number): string => renderNftables(wanted, { ...FRESH, down: new Set([sampleId('4', number)]), previous: wanted });
    const output = await inSandbox(`${WORLD} nft -f "$1"; many; nft -f "$2"; many; nft -f "$3"; many`, [
      renderNftables(wanted, FRESH), withDown(1), renderNftables(wanted, { ...FRESH, previous: wanted }),
    ]);
    const [first, second, third] = output.trim().split('\n').map((line) => line.trim());
    expect(['m1=6', 'm2=6']).toContain(first);
    expect(second).toBe('m2=6');
    expect(third).toBe('m2=6');
  });

  test('source hash sends a client to one member, and a full member passes new flows on', async () => {
    const hashed = await inSandbox(`${WORLD} nft -f "$1"; many`, [renderNftables(service({ algorithm: 'sh', members: [member(1), member(2)] }), FRESH)]);
    expect(hashed.trim()).toMatch(/^m[12]=6$/);
    const full = await inSandbox(`${WORLD} nft -f "$1"; many`, [
      renderNftables(service({ members: [member(1, { weight: 9, connectionLimit: 2 }), member(2, { connectionLimit: 100 })] }), FRESH),
    ]);
    expect(full.trim()).toBe('m1=2 m2=4');
  });

  test('without any member the client is told so at once', async () => {
    const output = await inSandbox(`${WORLD} nft -f "$1"; many`, [renderNftables(service({ members: [] }), FRESH)]);
    expect(output.trim()).toBe('ECONNREFUSED=6');
  });
});

test('flows of members that left or went down are to be forgotten, others and those of other listeners not', () => {
  const dual = { vips: [{ address: '10.0.0.2', port: 53 }, { address: '2001:db8::2', port: 53 }] };
  const before = service({ members: [member(1), member(2), member(3, { address: '2001:db8::9' })] }, dual);
  const after = service({ members: [member(1), member(2)] }, dual);
  expect(flowsToForget(before, new Set(), after, new Set([sampleId('4', 2)])).map((args) => args.join(' '))).toEqual([
    '-D -f ipv4 -p udp --orig-dst 10.0.0.2 --orig-port-dst 53 --reply-src 10.1.2.2 --reply-port-src 8080',
    '-D -f ipv6 -p udp --orig-dst 2001:db8::2 --orig-port-dst 53 --reply-src 2001:db8::9 --reply-port-src 8080',
  ]);
  expect(flowsToForget(before, new Set([sampleId('4', 1)]), before, new Set())).toEqual([]);
});

test('conntrack forgets what one listener sent to a member, and keeps what another did', async () => {
  const flow = (from: number, to: number): string => `conntrack -I -p udp -s 10.9.0.1 -d 10.0.0.2 --sport ${from} --dport ${to} -r 10.1.1.2 -q 10.9.0.1 --reply-port-src 8080 --reply-port-dst ${from} -t 100 >/dev/null 2>&1`;
  const [words = []] = flowsToForget(service({ members: [member(1)] }), new Set(), service({ members: [] }), new Set());
  const left = await inSandbox(`${flow(1000, 53)}; ${flow(1001, 5353)}; conntrack ${words.join(' ')} >/dev/null 2>&1; conntrack -L 2>/dev/null`);
  expect(left.match(/ dport=\d+ /)?.[0]).toBe(' dport=5353 ');
  expect(left.trim().split('\n')).toHaveLength(1);
});
