import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { createAuthority } from '../../../drivers/certs/authority.ts';
import { createAmphoraClientFactory } from '../../client/rest-client.ts';
import { startAgentServer } from './agent-server.ts';
import { ok } from './reply.ts';
import { createRouter } from './router.ts';

test('the agent tells of every answer, with the id of the API request that the controller names', async () => {
  const directory = mkdtempSync(join(tmpdir(), 'octavia-agent-'));
  const [serverCa, clientCa] = await Promise.all([createAuthority('server', 3600), createAuthority('client', 3600)]);
  const [own, controller] = await Promise.all([serverCa.issue('amphora', 3600), clientCa.issue('controller', 3600)]);
  const [certificateFile, clientCaFile] = [join(directory, 'server.pem'), join(directory, 'ca.pem')];
  writeFileSync(certificateFile, own.certificatePem + own.privateKeyPem);
  writeFileSync(clientCaFile, clientCa.certificatePem);
  const lines: unknown[] = [];
  const failures: unknown[] = [];
  const server = await startAgentServer({
    state: null, certificateFile, clientCaFile, listen: { host: '127.0.0.1', port: 0 }, minVersion: 'TLSv1.2', requestTimeoutMs: 5000,
    router: createRouter<null>([
      { method: 'PUT', path: '/1.0/vrrp/:action', handle: async () => ok(202) },
      { method: 'PUT', path: '/1.0/config', handle: () => Promise.reject(new Error('disk full')) },
    ]),
    onAnswer: ({ ms, ...line }) => void lines.push({ ...line, isTimed: ms >= 0 }),
    onFailure: (_error, line) => void failures.push(line),
  });
  const clients = createAmphoraClientFactory({ port: server.address.port }, { clientCertPem: controller.certificatePem + controller.privateKeyPem, serverCaPem: serverCa.certificatePem });
  try {
    const endpoint = { amphoraId: 'amphora', lbNetworkIp: '127.0.0.1' };
    await clients.connect(endpoint, 'once', undefined, 'req-1').vrrp('start');
    await clients.connect(endpoint, 'once').vrrp('reload');
    await expect(clients.connect(endpoint, 'once', undefined, 'req-2').uploadAgentConfig('x')).rejects.toThrow();
    expect(lines).toEqual([
      { method: 'PUT', path: '/1.0/vrrp/start', req: 'req-1', status: 202, isTimed: true }, { method: 'PUT', path: '/1.0/vrrp/reload', status: 202, isTimed: true },
      { method: 'PUT', path: '/1.0/config', req: 'req-2', status: 500, isTimed: true },
    ]);
    expect(failures).toEqual([{ method: 'PUT', path: '/1.0/config', req: 'req-2' }]);
  } finally {
    await clients.close();
    await server.close();
    rmSync(directory, { recursive: true });
  }
});
