import { createServer, type IncomingHttpHeaders, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { ConfigOverrides } from '../../config/config.ts';
import { loadConfig } from '../../config/load-config.ts';
import { openCloud, type Cloud } from '../cloud.ts';

export interface SeenCall {
  readonly method: string;
  /** With its service in front: `/neutron/v2.0/ports?name=x`. */
  readonly url: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: unknown;
}

export interface ScriptedAnswer { readonly status?: number; readonly body?: unknown; readonly headers?: Readonly<Record<string, string>>; readonly bytes?: Buffer }
export type Script = (call: SeenCall) => ScriptedAnswer | Promise<ScriptedAnswer>;

/** An HTTP server that answers as a script says and plays Keystone itself; its catalog has every service in the regions One and Two. */
export interface ScriptedCloud {
  readonly cloud: Cloud;
  /** Every call but log-ins, as `METHOD /service/path`. */
  readonly calls: string[];
  readonly seen: SeenCall[];
  readonly url: string;
  stop(): Promise<void>;
}

const SERVICES = { neutron: 'network', nova: 'compute', glance: 'image', cinder: 'block-storage', barbican: 'key-manager' } as const;

export async function startScriptedCloud(script: Script, overrides: ConfigOverrides = {}): Promise<ScriptedCloud> {
  const seen: SeenCall[] = [];
  const calls: string[] = [];
  const answer = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const text = Buffer.concat(chunks).toString();
    const call = { method: request.method ?? '', url: request.url ?? '', headers: request.headers, body: text === '' ? null : (JSON.parse(text) as unknown) };
    const reply = call.url === '/keystone/v3/auth/tokens' ? grant(url) : await note(call);
    response.writeHead(reply.status ?? 200, { 'content-type': 'application/json', ...reply.headers });
    response.end(reply.bytes ?? (reply.body === undefined ? '' : JSON.stringify(reply.body)));
  };
  const note = async (call: SeenCall): Promise<ScriptedAnswer> => {
    seen.push(call);
    calls.push(`${call.method} ${decodeURIComponent(call.url)}`);
    return script(call);
  };
  const server = createServer((request, response) => void answer(request, response));
  await new Promise<void>((resolve) => { server.listen(0, '127.0.0.1', resolve); });
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const config = loadConfig({
    env: {},
    overrides: {
      ...overrides,
      service_auth: { auth_type: 'password', auth_url: `${url}/keystone`, username: 'octavia', password: 'secret', project_name: 'service', default_domain_name: 'Default', ...overrides.service_auth },
    },
  });
  const cloud = openCloud(config, { wait: async () => undefined });
  return {
    cloud, seen, calls, url,
    async stop() {
      await cloud.close();
      server.closeAllConnections();
      await new Promise((resolve) => { server.close(resolve); });
    },
  };
}

function grant(url: string): ScriptedAnswer {
  const catalog = Object.entries(SERVICES).map(([name, type]) => ({
    type, name,
    endpoints: ['One', 'Two'].flatMap((region) => ['public', 'internal'].map((kind) => ({
      interface: kind, region_id: region, url: `${url}${region === 'Two' ? '/two' : ''}${kind === 'internal' ? '/internal' : ''}/${name}`,
    }))),
  }));
  const token = { expires_at: '2999-01-01T00:00:00.000000Z', user: { id: 'octavia-user' }, project: { id: 'service-project' }, catalog };
  return { status: 201, body: { token }, headers: { 'x-subject-token': 'service-token' } };
}
