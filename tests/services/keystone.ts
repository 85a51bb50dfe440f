import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { run } from '../../src/lib/run.ts';
import { freePort } from '../../src/lib/testing/free-port.ts';
import { answers, startDaemon, type Daemon } from './daemon.ts';
import { PASSWORD, populate, type Directory } from './keystone-directory.ts';
import { debianEnv } from './octavia-processes.ts';

export interface Keystone {
  /** With /v3. */
  readonly url: string;
  /** Ids of its users and projects. */
  readonly directory: Directory;
  /** Makes the catalogue's public, internal and admin endpoints of a service point at this URL. @param region default RegionOne */
  setEndpoint(name: string, type: string, url: string, region?: string): Promise<void>;
  /** A fresh token of a user for his own project, or for the whole system. */
  token(user: string, scope?: 'system'): Promise<string>;
  revoke(token: string): Promise<void>;
  /** Variables for the `openstack` client of one user. */
  openrc(user: string): Readonly<Record<string, string>>;
  /** Such a token that ends after so many seconds, from a second Keystone on the same database that ends again at once. */
  shortToken(user: string, seconds: number): Promise<string>;
  stop(): Promise<void>;
}

/** Debian's Keystone with the users of keystone-directory.ts, on a database of its own. */
export async function startKeystone(root: string, database: string): Promise<Keystone> {
  const home = join(root, 'keystone');
  for (const part of ['fernet', 'credential']) mkdirSync(join(home, part), { recursive: true, mode: 0o700 });
  const configFile = writeConf(home, 'keystone', database, 3600);
  const port = await freePort();
  const url = `http://127.0.0.1:${port}/v3`;
  const manage = (...args: string[]) => run('/usr/bin/keystone-manage', ['--config-file', configFile, ...args], { env: debianEnv, timeoutMs: 120_000 });
  await manage('db_sync');
  await manage('fernet_setup', '--keystone-user', 'root', '--keystone-group', 'root');
  await manage('credential_setup', '--keystone-user', 'root', '--keystone-group', 'root');
  await manage('bootstrap', '--bootstrap-password', PASSWORD, '--bootstrap-admin-url', url, '--bootstrap-internal-url', url, '--bootstrap-public-url', url, '--bootstrap-region-id', 'RegionOne');
  const daemon = await serve(home, configFile, port);
  try {
    return await connect(url, {
      stop: () => daemon.stop(),
      async shortToken(user, project, seconds) {
        const shortPort = await freePort();
        const brief = await serve(home, writeConf(home, `keystone-${seconds}`, database, seconds), shortPort);
        try {
          return await issueToken(`http://127.0.0.1:${shortPort}/v3`, user, projectScope(project));
        } finally {
          await brief.kill();
        }
      },
    });
  } catch (error) {
    await daemon.stop();
    throw error;
  }
}

function writeConf(home: string, name: string, database: string, tokenSeconds: number): string {
  const file = join(home, `${name}.conf`);
  writeFileSync(
    file,
    `[DEFAULT]\nlog_file = ${join(home, `${name}.log`)}\n[database]\nconnection = ${database}\n[token]\nprovider = fernet\nexpiration = ${tokenSeconds}\nallow_expired_window = 3600\n`
    + `[fernet_tokens]\nkey_repository = ${join(home, 'fernet')}\n[credential]\nkey_repository = ${join(home, 'credential')}\n[cache]\nenabled = True\nbackend = dogpile.cache.memory\n[identity]\npassword_hash_rounds = 4\n`,
  );
  return file;
}

function serve(home: string, configFile: string, port: number): Promise<Daemon> {
  return startDaemon({
    name: 'keystone', command: '/usr/bin/uwsgi_python3', logFile: join(home, `uwsgi-${port}.log`), env: debianEnv,
    args: [
      '--master', '--lazy-apps', '--thunder-lock', '--enable-threads', '--die-on-term', '--no-orphans', '--need-app', '--buffer-size', '65535',
      '--rem-header', 'Content-Length', '--add-header', 'Connection: close', '--listen', '100', '--disable-logging', '--processes', '1', '--threads', '4',
      '--http-socket', `127.0.0.1:${port}`, '--wsgi-file', '/usr/bin/keystone-wsgi-public', '--pyargv', `--config-file ${configFile}`,
    ],
    isReady: () => answers(`http://127.0.0.1:${port}/v3`),
  });
}

interface Control {
  stop(): Promise<void>;
  shortToken(user: string, project: string, seconds: number): Promise<string>;
}

async function connect(url: string, control: Control): Promise<Keystone> {
  const admin = await issueToken(url, 'admin', projectScope('admin'));
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
    async setEndpoint(name, type, endpoint, region = 'RegionOne') {
      await call('PUT', `/regions/${region}`, { region: {} }).catch((error: unknown) => { if (!String(error).includes('409')) throw error; });
      const known = ((await call('GET', `/services?type=${type}`)) as { services: { id: string }[] }).services[0];
      const service = known ?? ((await call('POST', '/services', { service: { name, type } })) as { service: { id: string } }).service;
      for (const kind of ['public', 'internal', 'admin']) {
        await call('POST', '/endpoints', { endpoint: { service_id: service.id, interface: kind, url: endpoint, region_id: region } });
      }
    },
    token: (user, scope) => issueToken(url, user, scope === 'system' ? { system: { all: true } } : projectScope(projectOf(user))),
    async revoke(token) {
      const response = await fetch(`${url}/auth/tokens`, { method: 'DELETE', headers: { 'x-auth-token': admin, 'x-subject-token': token } });
      if (response.status !== 204) throw new Error(`a token could not be revoked: ${response.status}`);
    },
    openrc: (user) => ({
      OS_AUTH_URL: url, OS_IDENTITY_API_VERSION: '3', OS_REGION_NAME: 'RegionOne', OS_AUTH_TYPE: 'password', OS_USERNAME: user, OS_PASSWORD: PASSWORD,
      OS_PROJECT_NAME: projectOf(user), OS_USER_DOMAIN_NAME: 'Default', OS_PROJECT_DOMAIN_NAME: 'Default', NO_PROXY: '127.0.0.1', no_proxy: '127.0.0.1', ...debianEnv,
    }),
    shortToken: (user, seconds) => control.shortToken(user, projectOf(user), seconds),
    stop: () => control.stop(),
  };
}

const projectScope = (name: string) => ({ project: { name, domain: { id: 'default' } } });

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
