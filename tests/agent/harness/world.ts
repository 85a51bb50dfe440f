import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { request } from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { renderAgentConfig, parseAgentConfig } from '../../../src/amphora/agent/agent-config.ts';
import { killInside } from '../../../src/drivers/compute/namespace/processes.ts';
import { listNetns, removeNetns } from '../../../src/lib/linux/netns.ts';
import { listLinks } from '../../../src/lib/linux/ip-batch.ts';
import { run } from '../../../src/lib/run.ts';

export interface Certificates { readonly ca: string; readonly client: string; readonly server: (id: string) => Promise<string> }

/** A certificate authority with a controller's certificate, made with openssl. */
export async function makeCertificates(directory: string): Promise<Certificates> {
  const file = (name: string): string => join(directory, name);
  const key = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes'];
  await run('openssl', ['req', '-x509', ...key, '-keyout', file('ca.key'), '-out', file('ca.pem'), '-subj', '/CN=test ca', '-days', '30']);
  const issue = async (name: string): Promise<string> => {
    await run('openssl', ['req', ...key, '-keyout', file(`${name}.key`), '-out', file(`${name}.csr`), '-subj', `/CN=${name}`]);
    await writeFile(file(`${name}.ext`), `subjectAltName=DNS:${name}\n`);
    await run('openssl', ['x509', '-req', '-in', file(`${name}.csr`), '-CA', file('ca.pem'), '-CAkey', file('ca.key'), '-CAcreateserial', '-days', '30', '-extfile', file(`${name}.ext`), '-out', file(`${name}.crt`)]);
    await run('sh', ['-c', 'cat "$1" "$2" > "$3"', 'sh', file(`${name}.crt`), file(`${name}.key`), file(`${name}.pem`)]);
    return file(`${name}.pem`);
  };
  return { ca: file('ca.pem'), client: await issue('controller'), server: issue };
}

export interface Scratch { readonly directory: string; remove(): Promise<void> }

export async function makeScratch(): Promise<Scratch> {
  const directory = await mkdtemp(join(tmpdir(), 'octavia-agent-'));
  return { directory, remove: () => rm(directory, { recursive: true, force: true }) };
}

/** Ends everything in every namespace of the sandbox and removes them, so that the next file finds an empty world. */
export async function emptyTheWorld(): Promise<void> {
  for (const netns of listNetns()) await killInside(netns);
  for (const link of await listLinks()) {
    if (link.name !== 'lo') await run('ip', ['link', 'del', link.name]).catch(() => undefined);
  }
  for (const netns of listNetns()) await removeNetns(netns);
}

export interface RootOptions {
  readonly amphoraId: string;
  readonly topology?: 'SINGLE' | 'ACTIVE_STANDBY';
  readonly heartbeatPort?: number;
  readonly heartbeatIntervalSeconds?: number;
}

/** The file system of a fresh amphora. */
export async function makeRoot(root: string, certificates: Certificates, options: RootOptions): Promise<void> {
  await mkdir(join(root, 'etc/octavia/certs'), { recursive: true });
  await run('cp', [certificates.ca, join(root, 'etc/octavia/certs/client_ca.pem')]);
  await run('cp', [await certificates.server(options.amphoraId), join(root, 'etc/octavia/certs/server.pem')]);
  const config = {
    ...parseAgentConfig(''), amphoraId: options.amphoraId, topology: options.topology ?? 'SINGLE' as const, heartbeatKey: 'insecure',
    heartbeatIntervalSeconds: options.heartbeatIntervalSeconds ?? 10,
    controllers: options.heartbeatPort === undefined ? [] : [{ host: '127.0.0.1', port: options.heartbeatPort }],
  };
  await writeFile(join(root, 'etc/octavia/amphora-agent.conf'), renderAgentConfig(config));
}

export interface Answer { readonly status: number; readonly body: string; readonly json: unknown; readonly headers: Readonly<Record<string, string | string[] | undefined>> }

export type Call = (method: string, path: string, body?: unknown) => Promise<Answer>;

/** A controller's client of one agent. */
export async function clientOf(certificates: Certificates, address: { host: string; port: number }, amphoraId: string): Promise<Call> {
  const [ca, pem] = await Promise.all([readFile(certificates.ca), readFile(certificates.client)]);
  return (method, path, body) => new Promise((resolve, reject) => {
    const text = body === undefined ? undefined : typeof body === 'string' ? body : JSON.stringify(body);
    const call = request({ host: address.host, port: address.port, method, path, ca, cert: pem, key: pem, servername: amphoraId, agent: false }, (response) => {
      const chunks: Buffer[] = [];
      response.on('data', (chunk: Buffer) => chunks.push(chunk));
      response.on('end', () => {
        const received = Buffer.concat(chunks).toString();
        const isJson = response.headers['content-type']?.startsWith('application/json') && received !== '';
        resolve({ status: response.statusCode ?? 0, body: received, json: isJson ? JSON.parse(received) : null, headers: response.headers });
      });
    });
    call.on('error', reject);
    call.end(text);
  });
}
