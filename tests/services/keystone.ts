import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { run } from '../../src/lib/run.ts';
import { answers, freePort, startDaemon } from './daemon.ts';
import { PASSWORD, populate, type Directory } from './keystone-directory.ts';
import { debianEnv } from './octavia-processes.ts';

export interface Keystone {
  /** With /v3. */
  readonly url: string;
  /** Ids of its users and projects. */
  readonly directory: Directory;
  /** Makes the catalogue's public, internal and admin endpoints of a service point at this URL. */
  setEndpoint(name: string, type: string, url: string): Promise<void>;
  /** A fresh token of a user for his own project, or for the whole system. */
  token(user: string, scope?: 'system'): Promise<string>;
  revoke(token: string): Promise<void>;
  /** Variables for the `openstack` client of one user. */
  openrc(user: string): Readonly<Record<string, string>>;
  stop(): Promise<void>;
}

/** Debian's Keystone with the users of keystone-directory.ts; `tokenSeconds` is how long its tokens live. */
export async function startKeystone(root: string, database: string, options: { readonly tokenSeconds?: number } = {}): Promise<Keystone> {
  const home = join(root, 'keystone');
  for (const part of ['fernet', 'credential']) mkdirSync(join(home, part), { recursive: true, mode: 0o700 });
  const configFile = join(home, 'keystone.conf');
  writeFileSync(
    configFile,
    `[DEFAULT]\nlog_file = ${join(home, 'keystone.log')}\n[database]\nconnection = ${database}\n[token]\nprovider = fernet\nexpiration = ${options.tokenSeconds ?? 3600}\nallow_expired_window = 3600\n`
    + `[fernet_tokens]\nkey_repository = ${join(home, 'fernet')}\n[credential]\nkey_repository = ${join(home, 'credential')}\n[cache]\nenabled = False\n[identity]\npassword_hash_rounds = 4\n`,
  );
  const port = await freePort();
  const url = `http://127.0.0.1:${port}/v3`;
  const manage = (...args: string[]) => run('/usr/bin/keystone-manage', ['--config-file', configFile, ...args], { env: debianEnv, timeoutMs: 120_000 });
  await manage('db_sync');
  await manage('fernet_setup', '--keystone-user', 'root', '--keystone-group', 'root');
  await manage('credential_setup', '--keystone-user', 'root', '--keystone-group', 'root');
  await manage('bootstrap', '--bootstrap-password', PASSWORD, '--bootstrap-admin-url', url, '--bootstrap-internal-url', url, '--bootstrap-public-url', url, '--bootstrap-region-id', 'RegionOne');
  const daemon = await startDaemon({
    name: 'keystone', command: '/usr/bin/uwsgi_python3', logFile: join(home, 'uwsgi.log'), env: debianEnv, readyTimeoutMs: 90_000,
    args: [
      '--master', '--lazy-apps', '--thunder-lock', '--enable-threads', '--die-on-term', '--no-orphans', '--need-app', '--buffer-size', '65535',
      '--rem-header', 'Content-Length', '--add-header', 'Connection: close', '--listen', '100', '--disable-logging', '--processes', '1', '--threads', '4',
      '--http-socket', `127.0.0.1:${port}`, '--wsgi-file', '/usr/bin/keystone-wsgi-public', '--pyargv', `--config-file ${configFile}`,
    ],
    isReady: () => answers(url),
  });
  try {
    return await connect(url, () => daemon.stop());
  } catch (error) {
    await daemon.stop();
    throw error;
  }
}

async function connect(url: string, stop: () => Promise<void>): Promise<Keystone> {
  const admin = await issueToken(url, 'admin', { project: { name: 'admin', domain: { id: 'default' } } });
  const call = (method: string, path: string, body?: object) => request(url, admin, method, path, body);
  const directory = await populate(call);
  const projectOf = (user: string) => {
    const project = directory.users[user]?.project;
    if (project === undefined) throw new Error(`there is no user ${user}`);
    return project;
  };
  return {
    url,
    directory,
    async setEndpoint(name, type, endpoint) {
      const { service } = (await call('POST', '/services', { service: { name, type } })) as { service: { id: string } };
      for (const kind of ['public', 'internal', 'admin']) {
        await call('POST', '/endpoints', { endpoint: { service_id: service.id, interface: kind, url: endpoint, region_id: 'RegionOne' } });
      }
    },
    token: (user, scope) => issueToken(url, user, scope === 'system' ? { system: { all: true } } : { project: { name: projectOf(user), domain: { id: 'default' } } }),
    async revoke(token) {
      const response = await fetch(`${url}/auth/tokens`, { method: 'DELETE', headers: { 'x-auth-token': admin, 'x-subject-token': token } });
      if (response.status !== 204) throw new Error(`a token could not be revoked: ${response.status}`);
    },
    openrc: (user) => ({
      OS_AUTH_URL: url, OS_IDENTITY_API_VERSION: '3', OS_REGION_NAME: 'RegionOne', OS_AUTH_TYPE: 'password', OS_USERNAME: user, OS_PASSWORD: PASSWORD,
      OS_PROJECT_NAME: projectOf(user), OS_USER_DOMAIN_NAME: 'Default', OS_PROJECT_DOMAIN_NAME: 'Default', NO_PROXY: '127.0.0.1', no_proxy: '127.0.0.1', ...debianEnv,
    }),
    stop,
  };
}

async function issueToken(url: string, user: string, scope: object): Promise<string> {
  const identity = { methods: ['password'], password: { user: { name: user, domain: { id: 'default' }, password: PASSWORD } } };
  const response = await fetch(`${url}/auth/tokens`, { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify({ auth: { identity, scope } }) });
  const token = response.headers.get('x-subject-token');
  if (token === null) throw new Error(`no token for ${user}: ${response.status} ${await response.text()}`);
  await response.arrayBuffer();
  return token;
}

async function request(url: string, token: string, method: string, path: string, body?: object): Promise<unknown> {
  const response = await fetch(url + path, {
    method, headers: { 'x-auth-token': token, 'content-type': 'application/json' }, ...(body !== undefined && { body: JSON.stringify(body) }),
  });
  const text = await response.text();
  if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${text}`);
  return text === '' ? null : JSON.parse(text);
}
