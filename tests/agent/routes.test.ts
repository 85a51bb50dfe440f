import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { connect } from 'node:tls';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { parseAgentConfig, renderAgentConfig } from '../../src/amphora/agent/agent-config.ts';
import type { Agent } from '../../src/amphora/agent/agent.ts';
import { createAgent } from '../../src/amphora/agent/create-agent.ts';
import { run } from '../../src/lib/run.ts';
import { clientOf, emptyTheWorld, makeCertificates, makeRoot, makeScratch } from './harness/world.ts';
import type { Call, Certificates, Scratch } from './harness/world.ts';

const AMPHORA = 'abababab-0000-4000-8000-000000000001';
const LB = '33333333-0000-4000-8000-000000000001';
const UNKNOWN = '44444444-0000-4000-8000-000000000001';
const md5 = (text: string): string => createHash('md5').update(text).digest('hex');

let scratch: Scratch;
let certificates: Certificates;
let agent: Agent;
let call: Call;

beforeAll(async () => {
  scratch = await makeScratch();
  certificates = await makeCertificates(scratch.directory);
  await makeRoot(join(scratch.directory, AMPHORA), certificates, { amphoraId: AMPHORA });
  await run('ip', ['netns', 'add', 'routes-test']);
  agent = await createAgent({ amphoraId: AMPHORA, root: join(scratch.directory, AMPHORA), netns: 'routes-test', listen: { host: '127.0.0.1', port: 0 } });
  call = await clientOf(certificates, agent.address, AMPHORA);
});

afterAll(async () => {
  await agent.close();
  await emptyTheWorld();
  await scratch.remove();
});

test.each<[string, string, unknown, number, unknown]>([
  ['GET', '/', undefined, 200, { api_version: '1.0' }],
  ['GET', '/1.0/listeners', undefined, 200, []],
  ['GET', `/1.0/loadbalancer/${UNKNOWN}/haproxy`, undefined, 404, { message: 'Loadbalancer Not Found', details: `No loadbalancer with UUID: ${UNKNOWN}` }],
  ['GET', `/1.0/listeners/${UNKNOWN}/udp_listener`, undefined, 404, { message: 'UDP Listener Not Found', details: `No UDP listener with UUID: ${UNKNOWN}` }],
  ['PUT', `/1.0/loadbalancer/${UNKNOWN}/start`, undefined, 404, { message: 'Loadbalancer Not Found', details: `No loadbalancer with UUID: ${UNKNOWN}` }],
  ['PUT', `/1.0/loadbalancer/${UNKNOWN}/dance`, undefined, 400, { message: 'Invalid Request', details: 'Unknown action: dance' }],
  ['DELETE', `/1.0/listeners/${UNKNOWN}`, undefined, 200, { message: 'OK' }],
  ['PUT', '/1.0/vrrp/dance', undefined, 400, { message: 'Invalid Request', details: 'Unknown action: dance' }],
  ['GET', `/1.0/loadbalancer/${LB}/certificates/none.pem`, undefined, 404, { message: 'Certificate Not Found', details: 'No certificate with filename: none.pem' }],
  ['GET', `/1.0/loadbalancer/${LB}/certificates/wrong`, undefined, 400, { message: 'Filename has wrong format' }],
  ['DELETE', `/1.0/loadbalancer/${LB}/certificates/none.pem`, undefined, 200, { message: 'OK' }],
  ['GET', '/1.0/interface/10.0.0.1', undefined, 404, { message: 'Error interface not found for IP address' }],
  ['GET', '/1.0/interface/nonsense', undefined, 400, { message: 'Invalid IP address' }],
  ['POST', '/1.0/plug/vip/10.0.0.1', { subnet_cidr: '10.0.0.0/24' }, 400, { error: '400 Bad Request: Invalid subnet information', http_code: 400 }],
  ['POST', '/1.0/plug/vip/10.0.0.1', '{', 400, { error: '400 Bad Request: Invalid subnet information', http_code: 400 }],
  ['POST', '/1.0/plug/vip/10.0.0.1', { subnet_cidr: '10.0.0.0/24', gateway: null, mac_address: 'fa:16:3e:00:00:01' }, 404, { details: 'No suitable network interface found' }],
  ['POST', '/1.0/plug/vip/10.0.0', { subnet_cidr: '10.0.0.0/24', gateway: null, mac_address: 'fa:16:3e:00:00:01' }, 400, { message: expect.stringContaining('Invalid VIP') }],
  ['POST', '/1.0/plug/network', [], 400, { error: '400 Bad Request: Invalid port information', http_code: 400 }],
  ['POST', '/1.0/plug/network', { mac_address: 'fa:16:3e:00:00:01' }, 404, { details: 'No suitable network interface found' }],
  ['PUT', '/1.0/config', '[haproxy_amphora]\nbind_port = many', 500, { message: 'Unable to update amphora-agent configuration.', details: expect.stringContaining('bind_port') }],
  ['PUT', '/1.0/certificate', 'no certificate', 400, { message: 'Invalid certificate', details: expect.any(String) }],
  ['GET', `/1.0/listeners/${UNKNOWN}`, undefined, 405, { http_code: 405 }],
  ['PUT', `/1.0/loadbalancer/${UNKNOWN}/stop`, undefined, 404, { message: 'Loadbalancer Not Found' }],
  ['PUT', `/1.0/loadbalancer/${UNKNOWN}/reload`, undefined, 404, { message: 'Loadbalancer Not Found' }],
  ['PUT', `/1.0/loadbalancer/${LB}/certificates/wrong`, 'text', 400, { message: 'Filename has wrong format' }],
  ['DELETE', `/1.0/loadbalancer/${LB}/certificates/wrong`, undefined, 400, { message: 'Filename has wrong format' }],
  ['PUT', '/1.0/interface/10.0.0.1/rules', [], 404, { message: 'Error interface not found for IP address' }],
  ['PUT', '/1.0/interface/nonsense/rules', [], 400, { message: 'Invalid IP address' }],
  ['PUT', '/1.0/vrrp/start', undefined, 500, { message: expect.any(String), details: expect.any(String) }],
  ['DELETE', '/1.0/config', undefined, 405, { http_code: 405 }],
  ['GET', '/1.0/certificate', undefined, 405, { http_code: 405 }],
  ['GET', '/1.0/nothing', undefined, 404, { error: expect.stringContaining('404 Not Found'), http_code: 404 }],
  ['POST', '/1.0/info', undefined, 405, { error: expect.stringContaining('405 Method Not Allowed'), http_code: 405 }],
])('%s %s with %j answers %s', async (method, path, body, status, expected) => {
  expect(await call(method, path, body)).toMatchObject({ status, json: expected });
});

test('facts of the amphora have the names of the original', async () => {
  const info = await call('GET', '/1.0/info');
  expect(Object.keys(info.json as object)).toEqual(expect.arrayContaining(['hostname', 'haproxy_version', 'api_version', 'keepalived_version', 'ipvsadm_version']));
  const details = (await call('GET', '/1.0/details')).json as Record<string, unknown>;
  expect(details).toMatchObject({
    api_version: '1.0', active: true, haproxy_count: 0, topology: 'SINGLE', topology_status: 'OK', listeners: [], packages: {}, lvs_listener_process_count: 0,
    networks: {}, cpu: { total: expect.any(Number), user: expect.any(String) }, disk: { used: expect.any(Number), available: expect.any(Number) },
    memory: { total: expect.any(Number), free: expect.any(Number), swap_used: expect.any(Number) }, load: [expect.any(String), expect.any(String), expect.any(String)],
  });
});

describe('uploads', () => {
  test('a certificate is answered with its checksum and kept for root alone', async () => {
    const pem = '-----BEGIN CERTIFICATE-----\n';
    const uploaded = await call('PUT', `/1.0/loadbalancer/${LB}/certificates/a.b.pem`, pem);
    expect(uploaded).toMatchObject({ status: 200, json: { message: 'OK' }, headers: { etag: md5(pem) } });
    expect(await call('GET', `/1.0/loadbalancer/${LB}/certificates/a.b.pem`)).toMatchObject({ status: 200, json: { md5sum: md5(pem) }, headers: { etag: md5(pem) } });
    const mode = (await run('stat', ['-c', '%a', join(scratch.directory, AMPHORA, `var/lib/octavia/certs/${LB}/a.b.pem`)])).stdout.trim();
    expect(mode).toBe('600');
    expect((await call('DELETE', `/1.0/loadbalancer/${LB}/certificates/a.b.pem`)).status).toBe(200);
    expect((await call('GET', `/1.0/loadbalancer/${LB}/certificates/a.b.pem`)).status).toBe(404);
  });

  test('a haproxy configuration is answered with its checksum and can be read back', async () => {
    const config = `global\n    daemon\n    user nobody\n    stats socket /var/lib/octavia/${LB}.sock mode 0666 level user\n    maxconn 10\n`;
    expect(await call('PUT', `/1.0/loadbalancer/${AMPHORA}/${LB}/haproxy`, config)).toMatchObject({ status: 202, json: { message: 'OK' }, headers: { etag: md5(config) } });
    expect(await call('GET', `/1.0/loadbalancer/${LB}/haproxy`)).toMatchObject({ status: 200, body: config, headers: { etag: md5(config), 'content-type': expect.stringContaining('text/plain') } });
  });

  test('a text that is no configuration is refused', async () => {
    expect(await call('PUT', `/1.0/loadbalancer/${AMPHORA}/${UNKNOWN}/haproxy`, 'hello\n')).toMatchObject({ status: 400, json: { message: 'Invalid request' } });
    expect((await call('GET', `/1.0/loadbalancer/${UNKNOWN}/haproxy`)).status).toBe(404);
  });

  test('keepalived\'s configuration comes with its check scripts', async () => {
    expect(await call('PUT', '/1.0/vrrp/upload', '! empty\n')).toMatchObject({ status: 200, headers: { etag: md5('! empty\n') } });
    const script = await readFile(join(scratch.directory, AMPHORA, 'var/lib/octavia/vrrp/check_scripts/haproxy_check_script.sh'), 'utf8');
    expect(script).toContain(`/var/lib/octavia/${LB}.sock`);
  });

  test('a new configuration of the agent counts at once and is kept', async () => {
    const path = join(scratch.directory, AMPHORA, 'etc/octavia/amphora-agent.conf');
    const config = renderAgentConfig({ ...parseAgentConfig(await readFile(path, 'utf8')), heartbeatIntervalSeconds: 77 });
    expect((await call('PUT', '/1.0/config', config)).status).toBe(202);
    expect(await readFile(path, 'utf8')).toBe(config);
  });

  test('a new server certificate is shown to the next client', async () => {
    const fresh = await readFile(await certificates.server(AMPHORA), 'utf8');
    expect((await call('PUT', '/1.0/certificate', fresh)).status).toBe(202);
    const [ca, pem] = await Promise.all([readFile(certificates.ca), readFile(certificates.client)]);
    const serial = await new Promise<string>((resolve, reject) => {
      const socket = connect({ ...agent.address, ca, cert: pem, key: pem, servername: AMPHORA }, () => {
        resolve(socket.getPeerCertificate().serialNumber);
        socket.destroy();
      });
      socket.on('error', reject);
    });
    const expected = (await run('openssl', ['x509', '-noout', '-serial'], { input: fresh })).stdout.trim().replace('serial=', '');
    expect(serial).toBe(expected);
  });
});

test('a client without a certificate of the controllers\' CA is turned away', async () => {
  const ca = await readFile(certificates.ca);
  const outcome = await new Promise<string>((resolve) => {
    const socket = connect({ ...agent.address, ca, servername: AMPHORA }, () => socket.write('GET / HTTP/1.1\r\nHost: a\r\n\r\n'));
    socket.on('data', (data) => resolve(data.toString()));
    socket.on('error', (error) => resolve(`refused: ${error.message}`));
    socket.on('close', () => resolve('refused'));
  });
  expect(outcome).toMatch(/^refused/);
});
