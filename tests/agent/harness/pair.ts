import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect } from 'vitest';
import type { Agent } from '../../../src/amphora/agent/agent.ts';
import { createAgent } from '../../../src/amphora/agent/create-agent.ts';
import { run } from '../../../src/lib/run.ts';
import { clientOf, makeRoot, type Call, type Certificates } from './world.ts';

export const LB = '22222222-0000-4000-8000-000000000002';
export const LISTENER = 'b6f2a1d4-3c5e-4a7b-8d9f-0e1f2a3b4c5d';
export const VIP = '10.9.0.9';
/** A busy machine that keeps a node from speaking for three of these moves the VIP, and nobody moves it back. */
const ADVERT_SECONDS = 1;

/** One amphora of a pair. */
export interface Node {
  readonly id: string; readonly root: string; readonly ip: string; readonly peer: string; readonly priority: number; readonly mac: string; readonly netns: string;
  readonly agent: Agent; readonly call: Call;
}

export interface PairOptions { readonly directory: string; readonly certificates: Certificates; readonly heartbeatPort?: number }

/** Two agents and the namespace `client` on one bridge. */
export async function startPair(options: PairOptions): Promise<readonly [Node, Node]> {
  await run('sh', ['-ec', `
    ip netns add client; ip link add bridge type bridge; ip link set bridge up
    ip link add hostc type veth peer name eth0 netns client; ip link set hostc master bridge up
    printf 'link set lo up\\naddress add 10.9.0.50/24 dev eth0\\nlink set eth0 up\\n' | ip -n client -batch -`]);
  return [await startNode(options, 1), await startNode(options, 2)];
}

/** Serves on both, the first of them with the VIP: whoever is first keeps it. */
export async function servePair(nodes: readonly [Node, Node], each: (node: Node) => Promise<void> = serve): Promise<void> {
  const [first, second] = nodes;
  await each(first);
  await until(() => hasVip(first));
  await each(second);
}

/** Does what a controller does with a new amphora. `afterPlug` comes between the VIP's interface and all else. */
export async function serve(node: Node, { isSriov = false, ports = [80], afterPlug = async () => undefined }: { isSriov?: boolean; ports?: readonly number[]; afterPlug?: () => Promise<void> } = {}): Promise<void> {
  const vip = { subnet_cidr: '10.9.0.0/24', gateway: '10.9.0.1', mac_address: node.mac, vrrp_ip: node.ip, is_sriov: isSriov };
  expect(await node.call('POST', `/1.0/plug/vip/${VIP}`, vip)).toMatchObject({ status: 202 });
  await afterPlug();
  const steps: [string, string?][] = [
    [`/1.0/loadbalancer/${node.id}/${LB}/haproxy`, haproxyConfig(node, ports)], ['/1.0/vrrp/upload', vrrpConfig(node)], [`/1.0/loadbalancer/${LB}/start`], ['/1.0/vrrp/start'],
  ];
  for (const [path, body] of steps) {
    const answer = await node.call('PUT', path, body);
    expect([path, answer.status, answer.body]).toEqual([path, path.endsWith('upload') ? 200 : 202, expect.any(String)]);
  }
}

export async function until(condition: () => Promise<boolean> | boolean): Promise<void> {
  const deadline = Date.now() + 60_000;
  while (!(await condition())) {
    if (Date.now() > deadline) throw new Error('the condition did not come true');
    await sleep(20);
  }
}

/** The id of the node that answers, '' when none does. */
export const curl = (port = 80, seconds = 2): Promise<string> => run('nsenter', ['--net=/run/netns/client', 'curl', '-s', '-m', String(seconds), `http://${VIP}:${port}/`]).then((result) => result.stdout, () => '');
export const hasVip = async (node: Node): Promise<boolean> => (await run('ip', ['-n', node.netns, 'address', 'show', 'dev', 'eth1'])).stdout.includes(`${VIP}/32`);

function haproxyConfig(node: Node, ports: readonly number[]): string {
  return `global
    daemon
    user nobody
    stats socket /var/lib/octavia/${LB}.sock mode 0666 level user
    maxconn 100
defaults
    timeout connect 5s
    timeout client 50s
    timeout server 50s
frontend ${LISTENER}
${ports.map((port) => `    bind ${VIP}:${port}`).join('\n')}
    mode http
    http-request return status 200 content-type text/plain string "${node.id}"
`;
}

function vrrpConfig(node: Node): string {
  return `vrrp_script check_script {
  script /var/lib/octavia/vrrp/check_script.sh
  interval 1
  fall 2
  rise 2
}
vrrp_instance ${LB.replaceAll('-', '')} {
  interface eth1
  virtual_router_id 1
  priority ${node.priority}
  nopreempt
  accept
  advert_int ${ADVERT_SECONDS}
  version 3
  unicast_src_ip ${node.ip}
  unicast_peer {
    ${node.peer}
  }
  virtual_ipaddress {
    ${VIP}
  }
  virtual_routes {
    10.9.0.0/24 dev eth1 src ${VIP} scope link table 1
    default via 10.9.0.1 dev eth1 onlink table 1
  }
  virtual_rules {
    from ${VIP}/32 table 1 priority 100
  }
  track_script {
    check_script
  }
}
`;
}

async function startNode({ directory, certificates, heartbeatPort }: PairOptions, index: number): Promise<Node> {
  const id = `aaaaaaaa-0000-4000-8000-00000000000${index}`;
  const root = join(directory, id);
  const netns = `octavia-${id}`;
  const mac = `fa:16:3e:00:00:2${index}`;
  await makeRoot(root, certificates, { amphoraId: id, topology: 'ACTIVE_STANDBY', ...(heartbeatPort !== undefined && { heartbeatPort }), heartbeatIntervalSeconds: 1 });
  await run('sh', ['-ec', `
    ip netns add ${netns}; ip -n ${netns} link set lo up
    ip link add hostamp${index} type veth peer name in${index} address ${mac} netns ${netns}
    ip link set hostamp${index} master bridge up
    nsenter --net=/run/netns/${netns} sh -c 'echo 1 > /proc/sys/net/ipv4/ip_nonlocal_bind'`]);
  const agent = await createAgent({ amphoraId: id, root, netns, listen: { host: '127.0.0.1', port: 0 } });
  const call = await clientOf(certificates, agent.address, id);
  return { id, root, ip: `10.9.0.${10 + index}`, peer: `10.9.0.${13 - index}`, priority: index === 1 ? 100 : 90, mac, netns, agent, call };
}
