import { createSocket } from 'node:dgram';
import type { Socket } from 'node:dgram';
import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { decode } from '../../src/amphora/protocol/heartbeat-codec.ts';
import type { HeartbeatMessage } from '../../src/amphora/protocol/heartbeat-message.ts';
import { run } from '../../src/lib/run.ts';
import { clientOf, makeCertificates, makeScratch } from '../agent/harness/world.ts';
import type { Answer, Call, Certificates, Scratch } from '../agent/harness/world.ts';
import { until } from '../harness/until.ts';
import { bootContent } from './boot-request.ts';
import { makeConfigDrive } from './config-drive.ts';
import { IMAGE } from './image-files.ts';
import { consoleLines, createDisk, startMachine } from './machine.ts';
import type { Machine, MachineOptions } from './machine.ts';

const AMPHORA = '8d4a8f2e-0c56-4f0e-9f0f-2a5d1c3b7e90';
const LB = '11111111-0000-4000-8000-000000000001';
const LISTENER = 'b6f2a1d4-3c5e-4a7b-8d9f-0e1f2a3b4c5d';
const POOL = 'c0ffee00-1111-4222-8333-444455556666';
const [CONTROLLER, AMPHORA_ADDRESS] = ['192.168.77.1', '192.168.77.10'];
const VIP_CARD = { name: 'vip', tap: 'tap-vip', mac: 'fa:16:3e:00:00:02' };
/** There from the start, as the controllers order it for images that declare that they leave it alone. */
const MEMBER_CARD = { name: 'member', tap: 'tap-member', mac: 'fa:16:3e:00:00:03' };
const MEMBER_ADDRESS = '10.20.0.5';
const BOOT_MS = 900_000;

let scratch: Scratch;
let certificates: Certificates;
let options: MachineOptions;
let machine: Machine;
let call: Call;
let heartbeats: Socket;
let logs: Socket;
const received: HeartbeatMessage[] = [];
const logLines: string[] = [];

const config = (mode: 'http' | 'tcp', extra = ''): string => `global
    daemon
    user nobody
    log /run/rsyslog/octavia/log local0
    log /run/rsyslog/octavia/log local1 notice
    stats socket /var/lib/octavia/${LB}.sock mode 0666 level user
    server-state-file /var/lib/octavia/${LB}/servers-state
    maxconn 50000
defaults
    log global
    retries 3
    timeout connect 5s
    timeout client 50s
    timeout server 50s
frontend ${LISTENER}
    bind 10.9.0.9:80
    mode ${mode}
    log-format "traffic ${LISTENER} %ci %ST"
    default_backend ${POOL}:${LISTENER}
backend ${POOL}:${LISTENER}
    mode ${mode}
    balance roundrobin
    load-server-state-from-file global
${extra}
    server deadbeef-0000-4000-8000-000000000001 10.9.0.101:8080 weight 1 check inter 2s fall 3 rise 1
    server deadbeef-0000-4000-8000-000000000002 10.9.0.102:8080 weight 1 check inter 2s fall 3 rise 1
`;

const curl = (...args: string[]): Promise<string> => run('nsenter', ['--net=/run/netns/client', 'curl', '-s', '-m', '10', ...args]).then((result) => result.stdout, (error: Error) => `failed: ${error.message}`);

const answersPing = (address: string): Promise<boolean> => run('ping', ['-n', '-c', '1', '-W', '5', address]).then(() => true, () => false);

/** Answers of a machine that is still busy come late or not at all. */
async function patiently(method: string, path: string, body?: unknown): Promise<Answer | null> {
  return Promise.race([call(method, path, body).catch(() => null), new Promise<null>((resolve) => setTimeout(() => resolve(null), 60_000).unref())]);
}

async function waitForAgent(): Promise<void> {
  try {
    await until('the agent answers', async () => {
      if (!machine.isRunning()) throw new Error('QEMU has ended');
      return (await patiently('GET', '/'))?.status === 200;
    }, BOOT_MS);
  } catch (error) {
    throw new Error(`The machine did not come up:\n${(await consoleLines(machine)).slice(-40).join('\n')}`, { cause: error });
  }
}

describe.skipIf(process.env['OCTAVIA_LONG_TESTS'] !== '1' || !existsSync(IMAGE))('an amphora image as a virtual machine', { timeout: BOOT_MS }, () => {
  beforeAll(async () => {
    scratch = await makeScratch();
    certificates = await makeCertificates(scratch.directory);
    await run('sh', ['-ec', `
      ip link add management type bridge; ip link set management up; ip address add ${CONTROLLER}/24 dev management
      ip link add tenant type bridge; ip link set tenant up
      ip link add members type bridge; ip link set members up; ip address add 10.20.0.1/24 dev members
      for tap in tap-mgmt:management tap-vip:tenant tap-member:members; do
        ip tuntap add \${tap%:*} mode tap; ip link set \${tap%:*} master \${tap#*:} up
      done
      for name in client:10.9.0.5 member1:10.9.0.101 member2:10.9.0.102; do
        ip netns add \${name%:*}; ip link add h-\${name%:*} type veth peer name eth0 netns \${name%:*}; ip link set h-\${name%:*} master tenant up
        ip -n \${name%:*} address add \${name#*:}/24 dev eth0; ip -n \${name%:*} link set eth0 up; ip -n \${name%:*} link set lo up
      done
      for name in member1 member2; do
        setsid nsenter --net=/run/netns/$name '${process.execPath}' -e 'require("http").createServer((q, s) => s.end("'$name'")).listen(8080, "0.0.0.0")' >/dev/null 2>&1 </dev/null &
      done`]);
    heartbeats = createSocket('udp4').bind(5555, CONTROLLER);
    heartbeats.on('message', (packet) => received.push(decode(packet, ['insecure'])));
    logs = createSocket('udp4').bind(5140, CONTROLLER);
    logs.on('message', (packet) => logLines.push(packet.toString()));
    const content = bootContent({
      amphoraId: AMPHORA, clientCaPem: await readFile(certificates.ca, 'utf8'), serverPem: await readFile(await certificates.server(AMPHORA), 'utf8'),
      controller: CONTROLLER, heartbeatPort: 5555, logPort: 5140,
    }, {
      links: [
        { id: 'tap0', type: 'bridge', ethernet_mac_address: 'fa:16:3e:00:00:01', mtu: 1450 },
        { id: 'tap1', type: 'bridge', ethernet_mac_address: MEMBER_CARD.mac, mtu: 1450 },
      ],
      networks: [
        { id: 'network0', link: 'tap0', type: 'ipv4', ip_address: AMPHORA_ADDRESS, netmask: '255.255.255.0', gateway: CONTROLLER, routes: [] },
        { id: 'network1', link: 'tap1', type: 'ipv4', ip_address: MEMBER_ADDRESS, netmask: '255.255.255.0', gateway: '10.20.0.1', routes: [] },
      ],
      services: [],
    });
    options = {
      directory: scratch.directory, image: IMAGE, configDrive: await makeConfigDrive(scratch.directory, { ...content, meta: { octavia_management_interfaces: '1' } }),
      management: { tap: 'tap-mgmt', mac: 'fa:16:3e:00:00:01' }, diskGib: 4,
    };
    await createDisk(options);
    machine = await startMachine(options, [MEMBER_CARD]);
    call = await clientOf(certificates, { host: AMPHORA_ADDRESS, port: 9443 }, AMPHORA);
    await waitForAgent();
  }, BOOT_MS + 60_000);

  afterAll(async () => {
    await machine?.kill();
    heartbeats?.close();
    logs?.close();
    await scratch?.remove();
  });

  test('it is the amphora that its config drive names, on a disk that has grown to the flavor\'s', async () => {
    const { json } = await call('GET', '/1.0/details');
    expect(json).toMatchObject({ hostname: `amphora-${AMPHORA}`, topology: 'SINGLE', haproxy_count: 0, listeners: [] });
    const { disk } = json as { disk: { used: number; available: number } };
    expect(disk.used + disk.available).toBeGreaterThan(3.5 * 2 ** 30);
  });

  test('nobody without a certificate of the controllers gets in, and no other port is open', async () => {
    const refused = await run('curl', ['-sk', '-m', '30', '-o', '/dev/null', '-w', '%{http_code}', `https://${AMPHORA_ADDRESS}:9443/`]).then((done) => done.stdout, (error: Error) => error.message);
    expect(refused).not.toBe('200');
    // Dropped, not refused: the firewall stands.
    await expect(run('timeout', ['5', 'bash', '--norc', '-c', `</dev/tcp/${AMPHORA_ADDRESS}/22`])).rejects.toMatchObject({ exitCode: 124 });
  });

  test('its heartbeats reach the health manager', async () => {
    await until('a heartbeat comes', async () => received.some((heartbeat) => heartbeat.id === AMPHORA), 120_000);
  });

  test('a card that is plugged in while it runs becomes the VIP\'s, and haproxy serves', async () => {
    const uploaded = await call('PUT', `/1.0/loadbalancer/${AMPHORA}/${LB}/haproxy`, config('http'));
    expect(uploaded).toMatchObject({ status: 202 });
    const network = { subnet_cidr: '10.9.0.0/24', gateway: '10.9.0.1', mac_address: VIP_CARD.mac, vrrp_ip: '10.9.0.8', mtu: 1450 };
    expect(await call('POST', '/1.0/plug/vip/10.9.0.9', network)).toMatchObject({ status: 404, json: { details: 'No suitable network interface found' } });
    await machine.plug(VIP_CARD);
    await until('the card is there', async () => (await patiently('POST', '/1.0/plug/vip/10.9.0.9', network))?.status === 202, 180_000);
    expect(await call('PUT', `/1.0/loadbalancer/${LB}/start`)).toMatchObject({ status: 202 });
    await until('both members are reached', async () => new Set([await curl('http://10.9.0.9/'), await curl('http://10.9.0.9/')]).size === 2 && (await curl('http://10.9.0.9/')).startsWith('member'), 120_000);
    expect(await call('GET', '/1.0/interface/10.9.0.9')).toMatchObject({ status: 200, json: { interface: 'eth1' } });
  });

  test('a card of load balancers that was there from the start is left alone until the agent is told of it', async () => {
    expect(await answersPing(MEMBER_ADDRESS)).toBe(false);
    const port = { mac_address: MEMBER_CARD.mac, mtu: 1450, fixed_ips: [{ ip_address: MEMBER_ADDRESS, subnet_cidr: '10.20.0.0/24' }] };
    expect(await call('POST', '/1.0/plug/network', port)).toMatchObject({ status: 202, json: { details: 'Plugged on interface eth2' } });
    await until('the member network is there', () => answersPing(MEMBER_ADDRESS), 60_000);
  });

  test('configurations are reloaded one after the other', async () => {
    for (const timeout of ['7s', '8s', '9s']) {
      await call('PUT', `/1.0/loadbalancer/${AMPHORA}/${LB}/haproxy`, config('http', `    timeout queue ${timeout}`));
      expect(await call('PUT', `/1.0/loadbalancer/${LB}/reload`)).toMatchObject({ status: 202 });
      expect(await curl('http://10.9.0.9/')).toMatch(/^member/);
    }
  });

  test('heartbeats tell of listener and members, and the syslog forwards what passed', async () => {
    await until('members are reported', async () => Object.keys(received.at(-1)?.pools[`${POOL}:${LISTENER}`]?.members ?? {}).length === 2 && received.at(-1)?.listeners[LISTENER]?.status === 'OPEN', 120_000);
    await until('the log of a connection comes', async () => {
      await curl('http://10.9.0.9/');
      return logLines.some((line) => line.includes(`traffic ${LISTENER} 10.9.0.5 200`));
    }, 120_000);
    expect(logLines.some((line) => line.includes('amphora-agent') && line.includes('Agent request answered'))).toBe(true);
  });

  test('the power button ends it in order, and after the next start it serves as before', async () => {
    await machine.powerDown();
    expect(await curl('-m', '3', 'http://10.9.0.9/')).toMatch(/failed/);
    machine = await startMachine(options, [MEMBER_CARD, VIP_CARD]);
    await waitForAgent();
    await until('it serves again', async () => (await curl('http://10.9.0.9/')).startsWith('member'), 180_000);
    await until('the member network is back', () => answersPing(MEMBER_ADDRESS), 60_000);
    const { json } = await call('GET', '/1.0/details');
    expect(json).toMatchObject({ haproxy_count: 1, listeners: [LISTENER] });
  });
});
