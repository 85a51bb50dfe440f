import { generateKeyPairSync } from 'node:crypto';
import { chmodSync, chownSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { loadConfig } from '../../config/load-config.ts';
import { startScriptedCloud } from '../../openstack/testing/scripted-cloud.ts';
import { projectRoot } from '../project.ts';
import { applyStep, type ApplyContext } from './apply-step.ts';
import { differences, knownPassword, missingSecrets, optionsToSet, type ConfiguredIds } from './configuration.ts';
import { setOptions } from './edit-ini.ts';
import { closingLines } from './run-bootstrap.ts';
import type { Wanted } from './wanted.ts';

let configDir: string;
beforeEach(() => { configDir = mkdtempSync(join(tmpdir(), 'octavia-configuration-')); });
afterEach(() => rmSync(configDir, { recursive: true }));

const wantedIn = (directory: string, more: Partial<Wanted> = {}): Wanted => ({
  configDir: directory, domain: 'Default', project: 'service', user: 'octavia', givenPassword: null, resetPassword: false, region: 'One', networkRegion: 'One', interface: null,
  apiUrl: null, network: 'lb-mgmt-net', cidr: null, hasDhcp: true, provider: { type: null, physicalNetwork: null, segment: null }, controllers: ['c1'], keyName: 'key', publicKey: null,
  flavor: { name: 'amphora', ramMib: 1024, vcpus: 1, diskGib: 2 }, imageTag: 'amphora', image: null, topology: 'ACTIVE_STANDBY', spares: 2,
  databaseUrl: 'mysql+pymysql://octavia:d@db/octavia', transportUrl: 'rabbit://octavia:r@mq:5672/', login: { authUrl: 'http://keystone/v3', cafile: null, insecure: false },
  secrets: { password: 'fresh', heartbeatKey: 'beat', certificatesKey: 'k'.repeat(32) }, ...more,
});
const ids: ConfiguredIds = { project: 'p', network: 'n', amphoraGroup: 'g', flavor: 'f', addresses: ['172.16.0.2'] };

describe('the octavia.conf that deploy/install.sh puts there', () => {
  const template = readFileSync(join(projectRoot, 'deploy/octavia.conf'), 'utf8');
  const fill = (wanted: Wanted): string => {
    const withSecrets = setOptions(template, missingSecrets(wanted, { configText: template, user: null }));
    return setOptions(withSecrets, optionsToSet(wanted, ids, withSecrets));
  };

  it('is filled in: what stands there for the operator to write is nobody\'s setting, least of all a password', () => {
    const wanted = wantedIn('/etc/octavia');
    expect(knownPassword(wanted, template)).toBeNull();
    writeFileSync(join(configDir, 'octavia.conf'), fill(wanted));
    const config = loadConfig({ files: [join(configDir, 'octavia.conf')], env: {} });
    expect(config.service_auth).toMatchObject({ auth_url: 'http://keystone/v3', password: 'fresh' });
    expect(config.keystone_authtoken).toMatchObject({ auth_url: 'http://keystone/v3', www_authenticate_uri: 'http://keystone/v3', password: 'fresh' });
    expect(config.controller_worker).toMatchObject({ amp_flavor_id: 'f', amp_boot_network_list: ['n'], amp_secgroup_list: ['g'] });
    expect(config.health_manager).toMatchObject({ heartbeat_key: 'beat', controller_ip_port_list: ['172.16.0.2:5555'] });
    expect([config.database.connection, config.DEFAULT.transport_url]).toEqual([wanted.databaseUrl, wanted.transportUrl]);
    expect(differences(wanted, ids, fill(wanted))).toEqual([]);
  });

  it('has no other word in capitals that a reader would take for a value', () => {
    const values = fill(wantedIn('/etc/octavia')).split('\n').filter((line) => /^[a-z]/.test(line)).map((line) => line.slice(line.indexOf('=') + 1));
    expect(values.filter((value) => /[A-Z]+_(?:[A-Z]+_)*(?:PASSWORD|ID|KEY)\b|example|192\.0\.2\./.test(value))).toEqual([]);
  });
});

it.each([['10.9.0.0/24', null, '/24'], [null, '10.9.0.0/25', '/25'], [null, null, '/22']])('the closing lines can be run as they are (subnet %s, --cidr %s)', (present, cidr, prefix) => {
  const ports = new Map([['c1', { id: 'port', macAddress: 'fa:16:3e:00:00:01', address: '10.9.0.5' }]]);
  const context = { wanted: wantedIn('/etc/octavia', { cidr }), present: { configText: null, subnet: present === null ? null : { id: 's', cidr: present } }, known: { ids: new Map(), ports } };
  const text = closingLines([{ kind: 'project' }], context as unknown as ApplyContext).join('\n');
  expect(text).toContain(`ip addr add 10.9.0.5${prefix} dev o-hm0`);
  expect(text).not.toMatch(/<|>/);
});

describe('the private key of amphorae', () => {
  const makeKeyPair = async (): Promise<unknown> => {
    const scripted = await startScriptedCloud(() => ({ body: { keypair: {} } }));
    const service = scripted.cloud.service('nova');
    const services = { keystone: service, neutron: service, nova: service, glance: service, acceptsPassword: async () => true, close: async () => undefined };
    try {
      await applyStep({ kind: 'key-pair' }, { services, wanted: wantedIn(configDir), known: { ids: new Map([['user', 'u']]) } } as unknown as ApplyContext);
      return scripted.seen[0]?.body;
    } finally {
      await scripted.stop();
    }
  };

  it('is made once: a key pair that Nova has lost is made again of the key that amphorae know', async () => {
    const first = await makeKeyPair();
    const key = readFileSync(join(configDir, 'key.pem'), 'utf8');
    expect(first).toMatchObject({ keypair: { name: 'key', user_id: 'u', public_key: expect.stringMatching(/^ecdsa-sha2-nistp256 \S+ key$/) } });
    expect(statSync(join(configDir, 'key.pem')).mode & 0o777).toBe(0o600);
    expect(await makeKeyPair()).toEqual(first);
    expect(readFileSync(join(configDir, 'key.pem'), 'utf8')).toBe(key);
  });

  it.each(['no key', generateKeyPairSync('ed25519').privateKey.export({ type: 'pkcs8', format: 'pem' }).toString()])('is never overwritten (%#)', async (text) => {
    writeFileSync(join(configDir, 'key.pem'), text);
    await expect(makeKeyPair()).rejects.toThrow(/key\.pem is there[\s\S]*--public-key/);
    expect(readFileSync(join(configDir, 'key.pem'), 'utf8')).toBe(text);
  });
});

describe('what bootstrap writes', () => {
  it.each(['pa$word', '$$', 'a$$b${c}'])('a password with dollar signs (%s) is read back as it was given, and the next run has nothing to set', (password) => {
    const wanted = wantedIn(configDir, { givenPassword: password, databaseUrl: `mysql+pymysql://octavia:${password}@db/octavia` });
    const text = setOptions('', [...missingSecrets(wanted, { configText: null, user: null }), ...optionsToSet(wanted, ids, '')]);
    writeFileSync(join(configDir, 'octavia.conf'), text);
    const config = loadConfig({ files: [join(configDir, 'octavia.conf')], env: {} });
    expect([config.service_auth.password, config.keystone_authtoken.password]).toEqual([password, password]);
    expect(config.database.connection).toBe(wanted.databaseUrl);
    expect(knownPassword({ ...wanted, givenPassword: null }, text)).toBe(password);
    const user = { id: 'u', roles: ['admin'], isPasswordRight: true };
    expect([...missingSecrets({ ...wanted, givenPassword: null }, { configText: text, user }), ...optionsToSet(wanted, ids, text)]).toEqual([]);
  });

  it('an option that is set twice gets the new value where it counts', () => {
    expect(setOptions('[a]\nx = 1\nx = 2\n', [{ group: 'a', name: 'x', value: '3' }])).toBe('[a]\nx = 1\nx = 3\n');
  });

  it.skipIf(process.getuid?.() !== 0).each([['0:4242', 0o640, '640'], ['4141:4242', 0o600, '600'], ['0:4242', 0o644, '640'], ['0:0', 0o644, '600']])('octavia.conf of %s and mode %o stays readable for the same service, and for nobody else', async (owner, mode, expected) => {
    const [uid = 0, gid = 0] = owner.split(':').map(Number);
    const file = join(configDir, 'octavia.conf');
    writeFileSync(file, '');
    chownSync(file, uid, gid);
    chmodSync(file, mode);
    await applyStep({ kind: 'secrets', settings: [{ group: 'a', name: 'x', value: '1' }] }, { wanted: wantedIn(configDir) } as unknown as ApplyContext);
    const now = statSync(file);
    expect([`${now.uid}:${now.gid}`, (now.mode & 0o777).toString(8)]).toEqual([owner, expected]);
    expect(readFileSync(file, 'utf8')).toBe('[a]\nx = 1\n');
  });
});
