import { afterAll, beforeAll, expect, test } from 'vitest';
import { sampleGraph } from '../../src/amphora/haproxy/testdata/sample-graph.ts';
import { run, type CommandFailed } from '../../src/lib/run.ts';
import { interfaceRules } from '../../src/worker/actions/interface-rules.ts';
import { curl, hasVip, serve, servePair, startPair, until, VIP, type Node } from './harness/pair.ts';
import { emptyTheWorld, makeCertificates, makeScratch, type Answer, type Scratch } from './harness/world.ts';

/** Exit codes of curl. */
const [REFUSED, SILENT] = [7, 28];

/** A pair behind a VIP that no security group guards, with the rules that a worker sends. */
let scratch: Scratch;
let nodes: readonly [Node, Node];
beforeAll(async () => {
  scratch = await makeScratch();
  nodes = await startPair({ directory: scratch.directory, certificates: await makeCertificates(scratch.directory) });
});
afterAll(async () => {
  await Promise.all(nodes.map((node) => node.agent.close()));
  await emptyTheWorld();
  await scratch.remove();
});

function allow(node: Node, ports: readonly number[], peers: readonly Node[] = nodes): Promise<Answer> {
  const amphorae = peers.map(({ id, ip }) => ({ id, vrrpIp: ip }));
  const graph = { ...sampleGraph({ amphorae, listeners: ports.map((protocolPort) => ({ protocolPort })) }), topology: 'ACTIVE_STANDBY' as const };
  return node.call('PUT', `/1.0/interface/${node.ip}/rules`, interfaceRules(graph, node.id));
}
const held = (): Promise<boolean[]> => Promise.all(nodes.map(hasVip));

test('a pair with rules serves what they allow, and one of it has the address', async () => {
  const [first] = nodes;
  await servePair(nodes, (node) => serve(node, {
    isSriov: true, ports: [80, 81],
    afterPlug: async () => {
      // In a pair the address of the VIP is not there yet: the interface is found by the amphora's own.
      expect(await node.call('PUT', `/1.0/interface/${VIP}/rules`, [])).toMatchObject({ status: 404 });
      expect(await allow(node, [80])).toMatchObject({ status: 200 });
    },
  }));
  await until(async () => (await curl()) === first.id);
  expect(await held()).toEqual([true, false]);
  expect(await curl(81)).toBe('');
});

test('a listener that is added is opened, one that goes is closed', async () => {
  const [first] = nodes;
  for (const node of nodes) expect(await allow(node, [81])).toMatchObject({ status: 200 });
  expect([await curl(81, 15), await curl(80)]).toEqual([first.id, '']);
});

test('only an amphora of the pair reaches the port of stick tables and speaks VRRP', async () => {
  const [first, second] = nodes;
  // What is let in is refused at once, for no table is kept here; what is not is never answered.
  const reach = (from: string): Promise<number | null> => run('nsenter', [`--net=/run/netns/${from}`, 'curl', '-s', '-m', '3', `http://${second.ip}:1025/`]).then(() => 0, (error: CommandFailed) => error.exitCode);
  const vrrp = async (): Promise<boolean> => (await run('nsenter', [`--net=/run/netns/${second.netns}`, 'nft', 'list', 'table', 'inet', 'amphora_table'])).stdout.includes(`ip saddr ${first.ip} meta l4proto vrrp accept`);
  expect([await reach(first.netns), await reach('client'), await vrrp()]).toEqual([REFUSED, SILENT, true]);
  // As after a failover in which the other one went.
  expect(await allow(second, [81], [second])).toMatchObject({ status: 200 });
  expect([await reach(first.netns), await vrrp()]).toEqual([SILENT, false]);
});

test('rules for addresses of IPv6 are loaded too', async () => {
  const [first] = nodes;
  const graph = { ...sampleGraph({ amphorae: [{ id: first.id }, { vrrpIp: 'fd00::2' }], listeners: [{ allowedCidrs: ['2001:db8::/32', '192.0.2.0/24'] }] }), topology: 'ACTIVE_STANDBY' as const };
  expect(await first.call('PUT', `/1.0/interface/${first.ip}/rules`, interfaceRules(graph, first.id))).toMatchObject({ status: 200 });
});
