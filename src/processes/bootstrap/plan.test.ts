import { describe, expect, it } from 'vitest';
import { startScriptedCloud } from '../../openstack/testing/scripted-cloud.ts';
import { applyStep, knownFrom } from './apply-step.ts';
import { BootstrapRefused } from './bootstrap-refused.ts';
import { missingSecrets, optionsToSet, readSettings, type ConfiguredIds } from './configuration.ts';
import { setOptions } from './edit-ini.ts';
import { describeStep, planBootstrap } from './plan.ts';
import type { Present } from './present.ts';
import { LOAD_BALANCER_ROLES, wantedRules, type Wanted } from './wanted.ts';

const wanted: Wanted = {
  configDir: '/etc/octavia', domain: 'Default', project: 'service', user: 'octavia', givenPassword: null, resetPassword: false, region: 'One', networkRegion: 'Two', interface: null,
  apiUrl: null, network: 'lb-mgmt-net', cidr: null, hasDhcp: true, provider: { type: null, physicalNetwork: null, segment: null }, controllers: ['c1', 'c2'], keyName: 'key', publicKey: null,
  flavor: { name: 'amphora', ramMib: 1024, vcpus: 1, diskGib: 2 }, imageTag: 'amphora', image: { path: '/a.qcow2', format: 'qcow2', sizeBytes: 5, sha512: 'new', properties: { octavia_interfaces_at_boot: 'true' }, ignored: null }, topology: 'SINGLE', spares: 2,
  databaseUrl: 'mysql://db', transportUrl: null, login: { authUrl: 'http://keystone/v3', cafile: null, insecure: false },
  secrets: { password: 'fresh', heartbeatKey: 'beat', certificatesKey: 'k'.repeat(32) },
};

const nothing: Present = {
  domainId: 'default', projectId: null, user: null, roles: new Map([['admin', 'r1'], ['member', 'r2']]), serviceId: null, endpoints: [], network: null, subnet: null,
  groups: { amphora: null, health: null }, ports: new Map(), keyPair: null, flavor: null, image: null, unfinishedImageId: null, missingCertificates: ['x'], configText: null,
};

const ids: ConfiguredIds = { project: 'p', network: 'n', amphoraGroup: 'g', flavor: 'f', addresses: ['172.16.0.2', '172.16.0.3'] };

const written = setOptions(setOptions('', missingSecrets(wanted, nothing)), optionsToSet(wanted, ids, ''));

const everything: Present = {
  ...nothing, projectId: 'p', user: { id: 'u', roles: ['admin'], isPasswordRight: true }, roles: new Map(['admin', ...LOAD_BALANCER_ROLES].map((name) => [name, name])), serviceId: 's',
  endpoints: ['public', 'internal', 'admin'].map((name) => ({ id: name, interface: name, url: 'http://vip:9876' })), network: { id: 'n' }, subnet: { id: 'sn', cidr: '10.9.0.0/24' },
  groups: { amphora: { id: 'g', rules: wantedRules('amphora', '10.9.0.0/24') }, health: { id: 'h', rules: wantedRules('health', '10.9.0.0/24') } },
  ports: new Map([['c1', { id: 'p1', address: '172.16.0.2', macAddress: 'm1' }], ['c2', { id: 'p2', address: '172.16.0.3', macAddress: 'm2' }]]),
  keyPair: { publicKey: 'ssh' }, flavor: { id: 'f', isUsable: true }, image: { id: 'i', sha512: 'new', properties: { octavia_interfaces_at_boot: 'true' } }, missingCertificates: [], configText: written,
};

const kinds = (present: Present, more: Partial<Wanted> = {}): string[] => planBootstrap({ ...wanted, ...more }, present).map((step) => ('group' in step ? `${step.kind} ${step.group}` : step.kind));

describe('the plan of a bootstrap', () => {
  it('an empty cloud gets everything, secrets on the disk first, things before those that need them', () => {
    expect(kinds(nothing)).toEqual([
      'secrets', 'project', 'user', 'role', 'role', 'role', 'role', 'role', 'grant', 'service', 'endpoint', 'endpoint', 'endpoint', 'network', 'subnet',
      'group amphora', 'rule amphora', 'rule amphora', 'rule amphora', 'group health', 'rule health', 'port', 'port', 'key-pair', 'flavor', 'flavor-access', 'image', 'certificates', 'configuration',
    ]);
  });

  it('a complete cloud gets nothing, whatever the addresses of its management network are', () => {
    expect(kinds(everything)).toEqual([]);
    expect(kinds(everything, { image: null })).toEqual([]);
  });

  it.each<[string, Partial<Present>, Partial<Wanted>, string[]]>([
    ['a rule that was deleted', { groups: { ...everything.groups, health: { id: 'h', rules: [] } } }, {}, ['rule health']],
    ['a further controller', {}, { controllers: ['c1', 'c2', 'c3'] }, ['port', 'configuration']],
    ['another image file', {}, { image: { path: '/b', format: 'raw', sizeBytes: 1, sha512: 'newer', properties: { octavia_interfaces_at_boot: 'true' }, ignored: null } }, ['image']],
    ['an image without the properties that its file describes', { image: { id: 'i', sha512: 'new', properties: { name: 'amphora' } } }, {}, ['image-properties']],
    ['a property that somebody has set otherwise', { image: { id: 'i', sha512: 'new', properties: { octavia_interfaces_at_boot: 'false' } } }, {}, []],
    ['a flavor that the project may not use', { flavor: { id: 'f', isUsable: false } }, {}, ['flavor-access']],
    ['another address of the API', {}, { apiUrl: 'https://lb' }, ['endpoint-url', 'endpoint-url', 'endpoint-url']],
    ['a role `service` in the cloud', { roles: new Map([...everything.roles, ['service', 'x']]) }, {}, ['grant']],
    ['an octavia.conf that was lost, with the password at hand', { configText: null }, { givenPassword: 'known' }, ['secrets', 'configuration']],
    ['a wrong password that is to be reset', { user: { id: 'u', roles: ['admin'], isPasswordRight: false } }, { resetPassword: true, secrets: { ...wanted.secrets, password: 'fresher' } }, ['secrets', 'password']],
  ])('%s is repaired alone', (_name, present, more, expected) => {
    expect(kinds({ ...everything, ...present }, more)).toEqual(expected);
  });

  it.each<[string, Partial<Present>, Partial<Wanted>, RegExp]>([
    ['a user whose password nobody knows', { user: { id: 'u', roles: [], isPasswordRight: null } }, {}, /--service-password/],
    ['a password that is not his', { user: { id: 'u', roles: ['admin'], isPasswordRight: false } }, {}, /--reset-password/],
    ['another subnet than asked for', {}, { cidr: '10.1.0.0/16' }, /--cidr 10\.9\.0\.0\/24/],
    ['no image at all', { image: null }, { image: null }, /--image/],
    ['a Keystone without roles', { roles: new Map() }, {}, /keystone-manage bootstrap/],
  ])('%s is refused with the way out', (_name, present, more, fix) => {
    const refused = (): unknown => planBootstrap({ ...wanted, ...more }, { ...everything, ...present });
    expect(refused).toThrow(BootstrapRefused);
    expect(refused).toThrow(fix);
  });

  it('every step can be said in words, none with a secret', () => {
    const words = planBootstrap(wanted, nothing).map((step) => describeStep(step, wanted)).join('\n');
    expect(words).toContain('tcp 9443');
    expect(words).toContain('udp 5555');
    expect(words).toContain('image with tag amphora: upload /a.qcow2 (qcow2, 1 MiB), with octavia_interfaces_at_boot=true');
    expect(words).not.toContain('fresh');
  });
});

describe('the properties of an image', () => {
  const steps = planBootstrap(wanted, { ...everything, image: { id: 'i', sha512: 'new', properties: {} } });

  it('are shown in the plan', () => {
    expect(steps.map((step) => describeStep(step, wanted))).toEqual(['image with tag amphora: set octavia_interfaces_at_boot=true']);
  });

  it('are given to an uploaded image in the form that Glance takes changes in', async () => {
    const scripted = await startScriptedCloud(() => ({ body: {} }));
    const service = scripted.cloud.service('glance');
    const services = { keystone: service, neutron: service, nova: service, glance: service, acceptsPassword: async () => true, close: async () => undefined };
    for (const step of steps) await applyStep(step, { services, wanted, present: everything, known: knownFrom(everything) });
    await scripted.stop();
    expect(scripted.seen).toMatchObject([{
      method: 'PATCH', url: '/glance/v2/images/i', headers: { 'content-type': 'application/openstack-images-v2.1-json-patch' },
      body: [{ op: 'add', path: '/octavia_interfaces_at_boot', value: 'true' }],
    }]);
  });
});

describe('octavia.conf of a bootstrap', () => {
  it('names what was made and is complete', () => {
    expect(Object.fromEntries(readSettings(written))).toMatchObject({
      'service_auth/password': 'fresh', 'keystone_authtoken/password': 'fresh', 'controller_worker/amp_boot_network_list': 'n', 'controller_worker/amp_secgroup_list': 'g', 'neutron/region_name': 'Two', 'nova/region_name': 'One',
      'health_manager/controller_ip_port_list': '172.16.0.2:5555, 172.16.0.3:5555', 'certificates/ca_private_key': '/etc/octavia/certs/server_ca.key.pem', 'database/connection': 'mysql://db',
      'house_keeping/spare_amphora_pool_size': '2',
    });
    expect(optionsToSet(wanted, ids, written)).toEqual([]);
  });

  it('what an operator has set stays; only the list of controllers grows', () => {
    const text = '# ours\n[controller_worker]\namp_flavor_id = big\n\n[health_manager]\ncontroller_ip_port_list = 192.0.2.1:5555\n  , 172.16.0.2:5555\nbind_port = 5556\n';
    const settings = optionsToSet(wanted, ids, text);
    expect(settings.map(({ name }) => name)).not.toContain('amp_flavor_id');
    const known = readSettings(setOptions(text, settings));
    expect(known.get('controller_worker/amp_flavor_id')).toBe('big');
    expect(known.get('health_manager/controller_ip_port_list')).toBe('192.0.2.1:5555, 172.16.0.2:5555, 172.16.0.3:5555');
    expect(known.get('health_manager/bind_port')).toBe('5556');
  });

  it('comments and the order of groups survive', () => {
    const text = '[a]\n# why\nx = 1\n\n[b]\ny: 2\n';
    expect(setOptions(text, [{ group: 'a', name: 'z', value: '3' }, { group: 'b', name: 'y', value: '4' }, { group: 'c', name: 'n', value: '5' }]))
      .toBe('[a]\n# why\nx = 1\nz = 3\n\n[b]\ny = 4\n\n[c]\nn = 5\n');
  });
});
