import { fileURLToPath } from 'node:url';
import { run } from '../../src/lib/run.ts';
import { amphoraNamespaces } from '../../src/processes/embedded/amphora-namespaces.ts';
import { letIn, outputOf } from '../reference/by-hand.ts';
import { inTurns } from '../reference/rounds.ts';
import { verdict, withStage } from '../stage.ts';

const rounds = Number(process.env['BENCH_ROUNDS'] ?? 5);
const LOAD = fileURLToPath(new URL('../reference/udp-load.py', import.meta.url));
const MEMBERS = ['10.0.10.11', '10.0.10.12'];

/** Round trips of datagrams from 8 flows; those that were lost are no round trips. */
async function roundTrips(host: string, port: number): Promise<{ requests: number; perSecond: number }> {
  const printed = await outputOf('python3', [LOAD, 'load', host, String(port), '3', '8']);
  const [, , answered, perSecond] = /^RESULT (\d+) (\d+) (\d+)$/m.exec(printed) ?? [];
  if (!(Number(answered) > 0)) throw new Error(`${host}:${port}: ${printed}`);
  return { requests: Number(answered), perSecond: Number(perSecond) };
}

/** Datagrams per second through our UDP listener against a hand-written nftables table in the same namespace, and direct. */
await withStage('', async (stage) => {
  for (const [index, address] of MEMBERS.entries()) {
    await stage.client.create('/octavia-embedded/v1/servers', 'server', { name: `echo${index}`, network: 'web', address, command: ['python3', LOAD, 'echo', '53'] });
  }
  const created = await stage.client.create('/v2/lbaas/loadbalancers', 'loadbalancer', {
    name: 'lb1', vip_subnet_id: stage.subnetId,
    listeners: [{
      name: 'udp', protocol: 'UDP', protocol_port: 53,
      default_pool: { name: 'pool', protocol: 'UDP', lb_algorithm: 'ROUND_ROBIN', members: MEMBERS.map((address) => ({ address, protocol_port: 53, subnet_id: stage.subnetId })) },
    }],
  });
  const vip = String(created['vip_address']);
  await stage.client.waitActive(created.id);
  const [namespace = ''] = await amphoraNamespaces();
  const table = `table ip by_hand {
  chain pre { type nat hook prerouting priority -99; ip daddr ${vip} udp dport 54 dnat to numgen inc mod 2 map { 0 : ${MEMBERS[0]}, 1 : ${MEMBERS[1]} } : 53; }
  chain post { type nat hook postrouting priority 99; ct status dnat masquerade; }
}`;
  await run('ip', ['netns', 'exec', namespace, 'nft', '-f', '-'], { input: table });
  await letIn(namespace, 54, 'udp');
  await letIn(namespace, 53, 'udp');
  const at = (host: string, port: number) => ({ pid: null, load: () => roundTrips(host, port) });
  const found = await inTurns(rounds, { direct: at(MEMBERS[0] ?? '', 53), byHand: at(vip, 54), ours: at(vip, 53) });
  const ratio = found.ours.perSecond / found.byHand.perSecond;
  verdict(`UDP: direct ${found.direct.perSecond.toFixed(0)} round trips/s, nftables by hand ${found.byHand.perSecond.toFixed(0)}/s, ours ${found.ours.perSecond.toFixed(0)}/s; ratio ${ratio.toFixed(3)}, to direct ${(found.ours.perSecond / found.direct.perSecond).toFixed(2)}, n=${rounds} (goal >= 0.97)`, ratio >= 0.97);
});
