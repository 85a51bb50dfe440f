import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Agent } from '../../src/amphora/agent/agent.ts';
import { createAgent } from '../../src/amphora/agent/create-agent.ts';
import { run } from '../../src/lib/run.ts';
import { clientOf, emptyTheWorld, makeCertificates, makeRoot, makeScratch } from './harness/world.ts';
import type { Call, Certificates, Scratch } from './harness/world.ts';

const AMPHORA = 'bbbbbbbb-0000-4000-8000-000000000001';
const LISTENER = 'dddddddd-0000-4000-8000-000000000001';
const NETNS = `octavia-${AMPHORA}`;
const MAC = 'fa:16:3e:00:00:31';
const MEMBERS = ['eeeeeeee-0000-4000-8000-000000000001', 'eeeeeeee-0000-4000-8000-000000000002'];
const PORT = 9053;

let scratch: Scratch;
let certificates: Certificates;
let agent: Agent;
let call: Call;
const servers = new Map<number, string>();

function config(members: readonly number[]): string {
  return `# Configuration for Loadbalancer cccccccc-0000-4000-8000-000000000001
# Configuration for Listener ${LISTENER}

net_namespace amphora-haproxy

virtual_server_group ipv4-group {
    10.9.0.9 ${PORT}
}

virtual_server group ipv4-group {
    lb_algo wrr
    lb_kind NAT
    protocol UDP
    delay_loop 1
    delay_before_retry 1
    retry 1


    # Configuration for Pool ffffffff-0000-4000-8000-000000000001
    # Configuration for HealthMonitor ffffffff-0000-4000-8000-000000000002
${members.map((index) => `    # Configuration for Member ${MEMBERS[index - 1]}
    real_server 10.9.0.3${index} ${PORT} {
        weight 1
        MISC_CHECK {
            misc_path "/var/lib/octavia/lvs/check/udp_check.sh 10.9.0.3${index} ${PORT}"
            misc_timeout 2
        }
    }
`).join('\n')}
}
`;
}

async function startServer(index: number): Promise<void> {
  const { stdout } = await run('sh', ['-c', `nsenter --net=/run/netns/members socat UDP-RECVFROM:${PORT},bind=10.9.0.3${index},fork SYSTEM:'cat >/dev/null; echo server ${index}' >/dev/null 2>&1 & echo $!`]);
  servers.set(index, stdout.trim());
}

async function ask(): Promise<string> {
  const { stdout } = await run('nsenter', ['--net=/run/netns/client', 'sh', '-c', `echo x | socat -t 0.5 -T 0.5 - UDP:10.9.0.9:${PORT} 2>&1 || true`]);
  return stdout.trim();
}

async function answers(count: number): Promise<Set<string>> {
  const heard = new Set<string>();
  for (let index = 0; index < count; index += 1) heard.add(await ask());
  return heard;
}

/** True when the second server was heard, of four; throws when the first was. */
async function onlySecond(): Promise<boolean> {
  const heard = await answers(4);
  expect([...heard]).not.toContain('server 1');
  return heard.has('server 2');
}

async function until(condition: () => Promise<boolean>): Promise<void> {
  const deadline = Date.now() + 60_000;
  while (!(await condition())) {
    if (Date.now() > deadline) throw new Error('the condition did not come true');
    await sleep(50);
  }
}

beforeAll(async () => {
  scratch = await makeScratch();
  certificates = await makeCertificates(scratch.directory);
  await makeRoot(join(scratch.directory, AMPHORA), certificates, { amphoraId: AMPHORA });
  await run('sh', ['-ec', `
    ip netns add ${NETNS}; ip netns add client; ip netns add members
    ip link add bridge type bridge; ip link set bridge up
    ip link add hosta type veth peer name ina address ${MAC} netns ${NETNS}
    ip link add hostc type veth peer name eth0 netns client
    ip link add hostm type veth peer name eth0 netns members
    for link in hosta hostc hostm; do ip link set $link master bridge up; done
    printf 'link set lo up\\naddress add 10.9.0.50/24 dev eth0\\nlink set eth0 up\\n' | ip -n client -batch -
    printf 'link set lo up\\naddress add 10.9.0.31/24 dev eth0\\naddress add 10.9.0.32/24 dev eth0\\nlink set eth0 up\\n' | ip -n members -batch -
    ip -n ${NETNS} link set lo up
    nsenter --net=/run/netns/${NETNS} sh -c 'echo 1 > /proc/sys/net/ipv4/ip_forward; echo 0 > /proc/sys/net/ipv4/conf/all/rp_filter; echo 0 > /proc/sys/net/ipv4/conf/default/rp_filter'`]);
  for (const index of [1, 2]) await startServer(index);
  agent = await createAgent({ amphoraId: AMPHORA, root: join(scratch.directory, AMPHORA), netns: NETNS, listen: { host: '127.0.0.1', port: 0 } });
  call = await clientOf(certificates, agent.address, AMPHORA);
  await call('POST', '/1.0/plug/vip/10.9.0.9', { subnet_cidr: '10.9.0.0/24', gateway: '10.9.0.1', mac_address: MAC, vrrp_ip: '10.9.0.5' });
});

afterAll(async () => {
  await agent.close();
  await emptyTheWorld();
  await scratch.remove();
});

test('a UDP listener is served without IP_VS', async () => {
  expect((await call('PUT', `/1.0/listeners/${AMPHORA}/${LISTENER}/udp_listener`, config([1, 2]))).status).toBe(200);
  expect((await call('PUT', `/1.0/loadbalancer/${LISTENER}/start`))).toMatchObject({ status: 202, json: { details: `keepalivedlvs listener ${LISTENER} started` } });
  // A busy machine may not answer within the half second that is waited for.
  await until(async () => { const heard = await answers(4); return heard.has('server 1') && heard.has('server 2'); });
  expect((await call('GET', '/1.0/listeners')).json).toEqual([{ status: 'ACTIVE', uuid: LISTENER, type: 'UDP' }]);
  expect((await call('GET', '/1.0/info')).json).toMatchObject({ octavia_ts: { l4_engine: 'nftables' } });
});

test('a dead member is left out and comes back', async () => {
  await run('kill', [servers.get(2) ?? '']);
  await until(async () => { const heard = await answers(4); return heard.size === 1 && heard.has('server 1'); });
  await startServer(2);
  await until(async () => (await answers(4)).has('server 2'));
});

test('a removed member gets nothing any more', async () => {
  await call('PUT', `/1.0/listeners/${AMPHORA}/${LISTENER}/udp_listener`, config([2]));
  expect((await call('PUT', `/1.0/loadbalancer/${LISTENER}/reload`))).toMatchObject({ status: 202, json: { details: `keepalivedlvs listener ${LISTENER} restarted` } });
  await until(onlySecond);
});

test('the rules outlive the agent and are taken away on delete', async () => {
  await agent.close();
  await until(onlySecond);
  agent = await createAgent({ amphoraId: AMPHORA, root: join(scratch.directory, AMPHORA), netns: NETNS, listen: { host: '127.0.0.1', port: 0 } });
  call = await clientOf(certificates, agent.address, AMPHORA);
  expect((await call('GET', '/1.0/listeners')).json).toEqual([{ status: 'ACTIVE', uuid: LISTENER, type: 'UDP' }]);
  expect((await call('DELETE', `/1.0/listeners/${LISTENER}`)).status).toBe(200);
  expect((await call('GET', `/1.0/listeners/${LISTENER}/udp_listener`)).status).toBe(404);
  expect((await run('nsenter', [`--net=/run/netns/${NETNS}`, 'nft', 'list', 'tables'])).stdout).not.toContain('octavia_');
});
