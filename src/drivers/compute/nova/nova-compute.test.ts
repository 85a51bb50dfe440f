import { afterEach, describe, expect, it, vi } from 'vitest';
import { startScriptedCloud, type Script, type ScriptedAnswer, type ScriptedCloud, type SeenCall } from '../../../openstack/testing/scripted-cloud.ts';
import type { Port } from '../../network/network-driver.ts';
import { createCinderVolumes } from '../../volume/cinder-volume.ts';
import { createGlanceImages } from '../../image/glance-image.ts';
import type { BootRequest, ComputeDriver } from '../compute-driver.ts';
import { createNovaCompute } from './nova-compute.ts';
import type { ServerSettings } from './boot-body.ts';

const AMPHORA = 'bbbbbbbb-0000-4000-8000-000000000001';
let scripted: ScriptedCloud | undefined;
afterEach(async () => { await scripted?.stop(); scripted = undefined; });

const settings: ServerSettings = {
  flavorId: 'amphora', imageTag: 'amphora', imageOwnerId: 'service', keyName: null, securityGroupIds: ['sg'], bootNetworkIds: ['mgmt'], timezone: 'UTC', zone: null, nameLength: 0, filesInUserData: false,
};
const request = (fields: Partial<BootRequest> = {}): BootRequest => ({
  amphoraId: AMPHORA, loadBalancerId: 'lb', name: `amphora-${AMPHORA}`, files: { '/etc/octavia/amphora-agent.conf': 'conf', '/etc/rsyslog.d/10-rsyslog.conf': '' },
  flavor: {}, availabilityZone: {}, serverGroupId: null, ...fields,
});
const address = (addr: string, mac = 'fa:16:3e:00:00:01') => ({ addr, 'OS-EXT-IPS-MAC:mac_addr': mac, 'OS-EXT-IPS:type': 'fixed' });
const server = (fields: object = {}) => ({
  id: 's1', name: `amphora-${AMPHORA}`, status: 'ACTIVE', addresses: { 'lb-mgmt': [address('127.16.0.9')] }, image: { id: 'i1' }, flavor: { id: 'amphora' }, 'OS-EXT-AZ:availability_zone': 'az1', ...fields,
});

type Answer = ScriptedAnswer | ((call: SeenCall) => ScriptedAnswer);
/** The look for a server that may be there already, for one that is built by now, and at how it came out. */
const FIND = `GET /nova/v2.1/servers/detail?name=^amphora-${AMPHORA}$`;
const BUILT = `GET /nova/v2.1/servers?name=^amphora-${AMPHORA}$&status=ACTIVE&status=ERROR`;
const LOOK = `${FIND}&status=ACTIVE&status=ERROR`;

async function nova(answers: Readonly<Record<string, Answer>>, given: { settings?: Partial<ServerSettings>; volume?: boolean } = {}, wait: () => Promise<void> = async () => undefined): Promise<{ driver: ComputeDriver; cloud: ScriptedCloud }> {
  const script: Script = (call) => {
    const { method, url } = call;
    const isList = method === 'GET' && url.startsWith('/nova/v2.1/servers?');
    const known = answers[`${method} ${decodeURIComponent(url)}`] ?? answers[`${method} ${url.split('?')[0]}`] ?? (isList ? built : { status: 404 });
    return typeof known === 'function' ? known(call) : known;
  };
  scripted = await startScriptedCloud(script);
  const { cloud } = scripted;
  const volume = createCinderVolumes(cloud.service('cinder'), {
    volume_size: 16, volume_type: 'fast', availability_zone: null, volume_create_retry_interval: 1, volume_create_timeout: 3, volume_create_max_retries: 2,
  }, async () => undefined);
  const driver = createNovaCompute({
    nova: cloud.service('nova'), image: createGlanceImages(cloud.service('glance')), volume: given.volume === true ? volume : null, servers: { ...settings, ...given.settings },
    antiAffinityPolicy: 'soft-anti-affinity', detachTimeoutMs: 5000, watchMs: 10_000, wait,
  });
  return { driver, cloud: scripted };
}
/** As Nova reads it: `|` is a character like others. */
const patternIn = (url: string) => new RegExp((/name=([^&]*)/.exec(decodeURIComponent(url))?.[1] ?? '').replaceAll('|', String.raw`\|`));
const none = { body: { servers: [] } };
const built = { body: { servers: [{ id: 's1', name: `amphora-${AMPHORA}` }] } };
const images = { body: { images: [{ id: 'i1' }, { id: 'older' }] } };
const bodyOf = (cloud: ScriptedCloud, path: string) => cloud.seen.find(({ method, url }) => method === 'POST' && url.startsWith(path))?.body as { server: Record<string, unknown> };

describe('servers of Nova', () => {
  it('boots with the fields and files of the original and waits until the address is known, whatever single looks say', async () => {
    const looks: Answer[] = [none, { status: 500 }, built, built];
    const details = [server({ addresses: {} }), server()];
    const { driver, cloud } = await nova({
      'GET /glance/v2/images': images, 'POST /nova/v2.1/servers': { status: 202, body: { server: { id: 's1' } } }, 'GET /nova/v2.1/servers/s1/os-interface': { body: { interfaceAttachments: [] } },
      [FIND]: none, [BUILT]: () => looks.shift() as ScriptedAnswer, [LOOK]: () => ({ body: { servers: [details.shift()] } }),
    });
    const flavor = { compute_flavor: 'big', amp_image_tag: 'special' };
    const made = await driver.ensure(request({ serverGroupId: 'group', flavor, availabilityZone: { compute_zone: 'az1', management_network: 'own-mgmt' } }));
    expect(made).toEqual({ computeId: 's1', state: 'active', lbNetworkIp: '127.16.0.9', zone: 'az1', imageId: 'i1', flavorId: 'amphora', fault: null });
    expect(bodyOf(cloud, '/nova/v2.1/servers')).toEqual({
      server: {
        name: `amphora-${AMPHORA}`, flavorRef: 'big', imageRef: 'i1', config_drive: true, min_count: 1, max_count: 1, availability_zone: 'az1',
        networks: [{ uuid: 'own-mgmt' }], security_groups: [{ name: 'sg' }], user_data: expect.any(String),
        personality: [{ path: '/etc/octavia/amphora-agent.conf', contents: 'Y29uZg==' }, { path: '/etc/rsyslog.d/10-rsyslog.conf', contents: '' }],
      },
      'os:scheduler_hints': { group: 'group' },
    });
    expect(Buffer.from(String(bodyOf(cloud, '/nova/v2.1/servers').server['user_data']), 'base64').toString()).toBe('#cloud-config\ntimezone: "UTC"\nruncmd:\n- systemctl restart rsyslog\n');
    expect(cloud.calls).toEqual([
      FIND, 'GET /glance/v2/images?status=active&owner=service&limit=2&tag=special&sort=created_at:desc', 'POST /nova/v2.1/servers',
      BUILT, BUILT, BUILT, LOOK, 'GET /nova/v2.1/servers/s1/os-interface', BUILT, LOOK,
    ]);
  });

  describe('interfaces of a load balancer', () => {
    const port = (id: string, macAddress: string) => ({ id, deviceId: '', macAddress }) as Port;
    const [vrrp, member] = [port('vrrp', 'fa:16:3e:00:00:02'), port('member', 'fa:16:3e:00:00:03')];
    const wanted = request({ isNew: true, interfaces: [vrrp, member] });
    const ready = { body: { images: [{ id: 'i1', octavia_interfaces_at_boot: 'True' }] } };
    const addresses = { web: [address('10.0.0.5', vrrp.macAddress)], 'lb-mgmt': [address('127.16.0.9')], back: [address('10.20.0.7', member.macAddress)] };
    const answers = (image: object): Parameters<typeof nova>[0] => ({
      'GET /glance/v2/images': image, 'POST /nova/v2.1/servers': { status: 202, body: { server: { id: 's1' } } }, [LOOK]: { body: { servers: [server({ addresses })] } },
      'POST /nova/v2.1/servers/s1/os-interface': { body: {} }, 'DELETE /nova/v2.1/servers/s1/os-interface/member': { status: 202 },
      'GET /nova/v2.1/servers/s1/os-interface': { body: { interfaceAttachments: [{ net_id: 'mgmt', port_id: 'm', mac_addr: 'fa:16:3e:00:00:01', fixed_ips: [{ ip_address: '127.16.0.9' }] }] } },
    });
    const attached = ({ calls }: ScriptedCloud) => calls.filter((call) => call === 'POST /nova/v2.1/servers/s1/os-interface').length;

    it('come with the server where its image leaves them alone, and are not attached once more', async () => {
      const { driver, cloud } = await nova(answers(ready));
      expect(await driver.ensure(wanted)).toMatchObject({ state: 'active', lbNetworkIp: '127.16.0.9' });
      expect(bodyOf(cloud, '/nova/v2.1/servers').server).toMatchObject({ networks: [{ uuid: 'mgmt' }, { port: 'vrrp' }, { port: 'member' }], metadata: { octavia_management_interfaces: '1' } });
      expect(cloud.calls, 'which address is the management network\'s follows from theirs').not.toContain('GET /nova/v2.1/servers/s1/os-interface');
      await driver.attachPort('s1', vrrp);
      await driver.attachPort('s1', member);
      expect(attached(cloud)).toBe(0);
    });

    it('are what they were from birth only once: what was detached is attached again', async () => {
      const { driver, cloud } = await nova(answers(ready));
      await driver.ensure(wanted);
      await driver.detachPort('s1', 'member');
      await driver.attachPort('s1', member);
      await driver.attachPort('s1', vrrp);
      await driver.attachPort('s1', vrrp);
      expect(attached(cloud)).toBe(2);
    });

    it('are attached later where the image does not say so', async () => {
      const { driver, cloud } = await nova(answers(images));
      await driver.ensure(wanted);
      expect(bodyOf(cloud, '/nova/v2.1/servers').server).toMatchObject({ networks: [{ uuid: 'mgmt' }] });
      expect(bodyOf(cloud, '/nova/v2.1/servers').server).not.toHaveProperty('metadata');
      await driver.attachPort('s1', vrrp);
      expect(attached(cloud)).toBe(1);
    });
  });

  it('that run are told with one look without details', async () => {
    const [one, other] = [AMPHORA, 'bbbbbbbb-0000-4000-8000-000000000002'];
    const { driver, cloud } = await nova({ 'GET /nova/v2.1/servers': { body: { servers: [{ id: 's1' }, { id: 'stranger' }] } } });
    expect(await driver.listActive?.([{ amphoraId: one, computeId: 's1' }, { amphoraId: other, computeId: 's2' }])).toEqual([one]);
    expect(cloud.calls).toEqual([expect.stringMatching(/^GET \/nova\/v2.1\/servers\?name=.*&status=ACTIVE$/)]);
  });

  it('what cannot be there is not looked for', async () => {
    const { driver, cloud } = await nova({
      'GET /glance/v2/images': images, 'POST /nova/v2.1/servers': { status: 202, body: { server: { id: 's1' } } }, [LOOK]: { body: { servers: [server()] } },
      'POST /nova/v2.1/os-server-groups': { body: { server_group: { id: 'g1' } } },
    });
    expect(await driver.ensureServerGroup('lb', {}, true)).toBe('g1');
    expect(await driver.ensure(request({ isNew: true }))).toMatchObject({ state: 'active', lbNetworkIp: '127.16.0.9' });
    expect(cloud.calls).toEqual(['POST /nova/v2.1/os-server-groups', expect.stringContaining('GET /glance/'), 'POST /nova/v2.1/servers', BUILT, LOOK]);
  });

  it('servers that are built at the same time are looked at together', async () => {
    const other = 'bbbbbbbb-0000-4000-8000-000000000002';
    const ids = [AMPHORA, other];
    const untilBoth = Promise.withResolvers<void>();
    let made = 0;
    const { driver, cloud } = await nova({
      'GET /nova/v2.1/servers/detail': ({ url }) => {
        const pattern = patternIn(url);
        const asked = ids.filter((id) => pattern.test(`amphora-${id}`));
        return { body: { servers: made === 0 ? [] : asked.map((id) => server({ id: id === AMPHORA ? 's1' : 's2', name: `amphora-${id}` })) } };
      },
      'GET /glance/v2/images': images, 'POST /nova/v2.1/servers': () => ({ status: 202, body: { server: { id: `s${(made += 1)}` } } }),
    }, {}, async () => untilBoth.promise);
    const booting = ids.map(async (amphoraId) => driver.ensure(request({ amphoraId })));
    await vi.waitFor(() => expect(made).toBe(2), { timeout: 15_000 });
    untilBoth.resolve();
    expect((await Promise.all(booting)).map(({ state }) => state)).toEqual(['active', 'active']);
    expect(cloud.calls.filter((call) => call.includes('servers/detail') && ids.every((id) => patternIn(call).test(`amphora-${id}`)))).toHaveLength(1);
  });

  it('a server that was started before is found again, not started twice', async () => {
    const { driver, cloud } = await nova({ 'GET /nova/v2.1/servers/detail': { body: { servers: [server()] } } });
    expect(await driver.ensure(request())).toMatchObject({ computeId: 's1', lbNetworkIp: '127.16.0.9' });
    expect(cloud.calls).toHaveLength(1);
  });

  describe('an order without an answer that was carried out after all', () => {
    const ours = (id: string, fields: object = {}) => server({ id, ...fields });
    const cloudOf = async (fields: { late?: object; second?: object; settings?: Partial<ServerSettings> } = {}) => {
      const there: ReturnType<typeof server>[] = [];
      const list = () => ({ body: { servers: [...there] } });
      let orders = 0;
      const removed = (id: string) => () => {
        there.splice(0, there.length, ...there.filter((one) => one.id !== id));
        return { status: 204 };
      };
      const { driver, cloud } = await nova({
        'GET /glance/v2/images': images, 'GET /nova/v2.1/servers/detail': list, 'GET /nova/v2.1/servers': list,
        'POST /nova/v2.1/servers': ({ body }) => {
          const { name } = (body as { server: { name: string } }).server;
          orders += 1;
          if (orders === 1) return { status: 504 };
          there.push(ours('late', { name, ...fields.late }), ours('second', { name, ...fields.second }));
          return { status: 202, body: { server: { id: 'second' } } };
        },
        'DELETE /nova/v2.1/servers/late': removed('late'), 'DELETE /nova/v2.1/servers/second': removed('second'),
      }, { ...(fields.settings !== undefined && { settings: fields.settings }) });
      await expect(driver.ensure(request({ isNew: true }))).rejects.toThrow('504');
      return { driver, there: () => there.map(({ id }) => id), cloud };
    };

    it('leaves one server: the one that the retry made and that is recorded', async () => {
      const { driver, there } = await cloudOf();
      expect(await driver.ensure(request())).toMatchObject({ computeId: 'second', state: 'active' });
      expect(there()).toEqual(['second']);
    });

    it('leaves the server that is recorded when several are found later', async () => {
      const later = await nova({ 'GET /nova/v2.1/servers/detail': { body: { servers: [ours('late'), ours('second')] } }, 'GET /nova/v2.1/servers': { body: { servers: [ours('late'), ours('second')] } }, 'DELETE /nova/v2.1/servers/late': { status: 204 } });
      expect(await later.driver.ensure(request({ computeId: 'second' }))).toMatchObject({ computeId: 'second' });
      expect(later.cloud.calls.filter((call) => call.startsWith('DELETE'))).toEqual(['DELETE /nova/v2.1/servers/late']);
    });

    it('takes both away with the amphora when the second failed, or when no row knows either', async () => {
      const { driver, there, cloud } = await cloudOf({ second: { status: 'ERROR', fault: { message: 'the port is in use' } } });
      expect(await driver.ensure(request())).toMatchObject({ computeId: 'second', state: 'error' });
      expect(there()).toEqual(['late', 'second']);
      await driver.remove('second');
      expect(there()).toEqual([]);
      await cloud.stop();
      const unknown = await nova({ 'GET /nova/v2.1/servers/detail': { body: { servers: [ours('late'), ours('second')] } }, 'GET /nova/v2.1/servers': { body: { servers: [ours('late'), ours('second')] } }, 'DELETE /nova/v2.1/servers/late': { status: 204 }, 'DELETE /nova/v2.1/servers/second': { status: 204 } });
      await unknown.driver.remove((await unknown.driver.findByAmphora(AMPHORA))?.computeId ?? '');
      expect(unknown.cloud.calls.filter((call) => call.startsWith('DELETE')).toSorted()).toEqual(['DELETE /nova/v2.1/servers/late', 'DELETE /nova/v2.1/servers/second']);
    });

    it('is left alone where names are too short to be one amphora\'s', async () => {
      const { driver, there } = await cloudOf({ settings: { nameLength: 4 } });
      await driver.ensure(request());
      await driver.remove('second');
      expect(there()).toEqual(['late']);
      expect(await driver.findByAmphora(AMPHORA, true)).toBeNull();
    });
  });

  it('with several interfaces the management address is that of the first boot network', async () => {
    const addresses = { web: [address('10.0.0.5', 'fa:16:3e:00:00:02')], 'lb-mgmt': [address('127.16.0.9')] };
    const interfaces = [['web', '10.0.0.5'], ['mgmt', '127.16.0.9']].map(([net, ip]) => ({ net_id: net, port_id: net, fixed_ips: [{ ip_address: ip }] }));
    const { driver } = await nova({ 'GET /nova/v2.1/servers/s1': { body: { server: server({ addresses }) } }, 'GET /nova/v2.1/servers/s1/os-interface': { body: { interfaceAttachments: interfaces } } });
    expect(await driver.get('s1')).toMatchObject({ state: 'active', lbNetworkIp: '127.16.0.9' });
  });

  it('of several interfaces on the management network the one that the server had first has the management address, whatever order they are listed in', async () => {
    const ports = [['127.16.0.9', 'fa:16:3e:00:00:01'], ['127.16.0.5', 'fa:16:3e:00:00:02'], ['127.16.0.7', 'fa:16:3e:00:00:03']] as const;
    const addresses = { 'lb-mgmt': ports.map(([ip, mac]) => address(ip, mac)) };
    const interfaces = ports.map(([ip, mac]) => ({ net_id: 'mgmt', port_id: ip, mac_addr: mac, fixed_ips: [{ ip_address: ip }] })).toReversed();
    const { driver } = await nova({ 'GET /nova/v2.1/servers/s1': { body: { server: server({ addresses }) } }, 'GET /nova/v2.1/servers/s1/os-interface': { body: { interfaceAttachments: interfaces } } });
    expect(await driver.get('s1')).toMatchObject({ lbNetworkIp: '127.16.0.9' });
  });

  it.each([
    [{ status: 'ERROR', fault: { message: 'No valid host was found.' } }, 'error', 'No valid host was found.'],
    [{ status: 'SHUTOFF' }, 'error', 'the server is SHUTOFF'], [{ status: 'BUILD' }, 'building', null], [{ status: 'VERIFY_RESIZE' }, 'active', null], [{ status: 'DELETED' }, 'gone', null],
  ])('%j counts as %s', async (fields, state, fault) => {
    const { driver } = await nova({ 'GET /nova/v2.1/servers/s1': { body: { server: server(fields) } } });
    expect(await driver.get('s1')).toMatchObject({ state, fault });
  });

  it('what Nova does not know is gone, and removing it is success', async () => {
    const { driver } = await nova({ 'GET /nova/v2.1/servers/detail': none });
    expect(await driver.get('s1')).toMatchObject({ state: 'gone' });
    expect(await driver.findByAmphora(AMPHORA)).toBeNull();
    await driver.remove('s1');
  });

  it('names that say nothing follow from the amphora; files go into the user data where that is asked for', async () => {
    const made: object[] = [];
    const servers = () => ({ body: { servers: made } });
    const { driver, cloud } = await nova({
      'GET /nova/v2.1/servers/detail': servers, 'GET /nova/v2.1/servers': servers, 'GET /glance/v2/images': images, 'GET /nova/v2.1/servers/s1/os-interface': { body: { interfaceAttachments: [] } },
      'POST /nova/v2.1/servers': ({ body }) => {
        made.push(server({ name: (body as { server: { name: string } }).server.name }));
        return { status: 202, body: { server: { id: 's1' } } };
      },
    }, { settings: { nameLength: 12, filesInUserData: true } });
    await driver.ensure(request());
    const { server: body } = bodyOf(cloud, '/nova/v2.1/servers');
    expect(body['name']).toMatch(/^a[0-9a-f]{11}$/);
    expect(cloud.calls[0]).toContain(`name=^${String(body['name'])}$`);
    expect(body['personality']).toBeUndefined();
    expect(Buffer.from(String(body['user_data']), 'base64').toString()).toContain('- path: /etc/octavia/amphora-agent.conf\n  encoding: b64\n  content: Y29uZg==\n');
  });

  it('boots from a volume that goes with the server; one without a server is found and removed', async () => {
    const volumes: string[] = [];
    const { driver, cloud } = await nova({
      'GET /nova/v2.1/servers/detail': none, 'GET /glance/v2/images': images, 'POST /nova/v2.1/servers': { status: 403, body: { forbidden: { message: 'Quota exceeded' } } },
      'GET /cinder/volumes/detail': () => ({ body: { volumes: volumes.map((id) => ({ id, status: 'available' })) } }),
      'POST /cinder/volumes': () => { volumes.push('v1'); return { status: 202, body: { volume: { id: 'v1' } } }; },
      'GET /cinder/volumes/v1': { body: { volume: { id: 'v1', status: 'available' } } }, 'DELETE /cinder/volumes/v1': { status: 202 },
    }, { volume: true });
    await expect(driver.ensure(request({ availabilityZone: { volume_zone: 'vz' } }))).rejects.toThrow('Quota exceeded');
    expect(bodyOf(cloud, '/cinder/volumes')).toEqual({ volume: { name: `octavia-amphora-${AMPHORA}`, imageRef: 'i1', size: 16, volume_type: 'fast', availability_zone: 'vz' } });
    expect(bodyOf(cloud, '/nova/v2.1/servers').server).toMatchObject({ imageRef: '', block_device_mapping_v2: [{ boot_index: 0, uuid: 'v1', delete_on_termination: true }] });
    const left = await driver.findByAmphora(AMPHORA);
    expect(left).toMatchObject({ state: 'gone' });
    await driver.remove(left?.computeId ?? '');
    expect(cloud.calls.at(-1)).toBe('DELETE /cinder/volumes/v1');
  });

  it('a volume that fails is made again, as often as octavia.conf says', async () => {
    const { driver, cloud } = await nova({
      'GET /nova/v2.1/servers/detail': none, 'GET /glance/v2/images': images, 'GET /cinder/volumes/detail': { body: { volumes: [] } }, 'POST /cinder/volumes': { status: 202, body: { volume: { id: 'v1' } } },
      'GET /cinder/volumes/v1': { body: { volume: { id: 'v1', status: 'error_restoring' } } }, 'DELETE /cinder/volumes/v1': { status: 202 },
    }, { volume: true });
    await expect(driver.ensure(request())).rejects.toThrow(/^Cinder: create volume: .* did not become available/);
    expect(cloud.calls.filter((call) => call === 'POST /cinder/volumes')).toHaveLength(2);
    expect(cloud.calls.filter((call) => call.startsWith('DELETE'))).toHaveLength(2);
  });

  it('a volume that is slow stays, and is taken once it is ready', async () => {
    let status = 'downloading';
    const { driver, cloud } = await nova({
      'GET /nova/v2.1/servers/detail': none, 'GET /glance/v2/images': images, 'GET /cinder/volumes/detail': () => ({ body: { volumes: [{ id: 'v1', status }] } }),
      'GET /cinder/volumes/v1': () => ({ body: { volume: { id: 'v1', status } } }), 'DELETE /cinder/volumes/v1': { status: 400, body: { badRequest: { message: 'Invalid volume: Volume status must be available or error' } } },
      'POST /nova/v2.1/servers': { status: 403, body: { forbidden: { message: 'as far as this' } } },
    }, { volume: true });
    await expect(driver.ensure(request())).rejects.toMatchObject({ message: `Cinder: create volume: Volume octavia-amphora-${AMPHORA} (v1) is still downloading after 3 s.`, retry: 'retry' });
    status = 'available';
    await expect(driver.ensure(request())).rejects.toThrow('as far as this');
    expect(cloud.calls.filter((call) => call.startsWith('DELETE') || call.startsWith('POST /cinder'))).toEqual([]);
  });

  it('attaching what is attached is success, whoever did it', async () => {
    const port = { id: 'p1', deviceId: '' } as Port;
    const { driver, cloud } = await nova({
      'POST /nova/v2.1/servers/s1/os-interface': { status: 400, body: { badRequest: { message: 'Port p1 is still in use.' } } }, 'GET /nova/v2.1/servers/s1/os-interface/p1': { body: {} },
      'POST /nova/v2.1/servers/s2/os-interface': { status: 400, body: { badRequest: { message: 'Port p1 is still in use.' } } },
    });
    await driver.attachPort('s1', { ...port, deviceId: 's1' });
    expect(cloud.calls).toEqual([]);
    await driver.attachPort('s1', port);
    await expect(driver.attachPort('s2', port)).rejects.toThrow('Nova: POST /nova/v2.1/servers/s2/os-interface: 400 Port p1 is still in use.');
  });

  it('a port that leaves is waited for', async () => {
    let looks = 0;
    const { driver } = await nova({ 'DELETE /nova/v2.1/servers/s1/os-interface/p1': { status: 202 }, 'GET /nova/v2.1/servers/s1/os-interface/p1': () => ({ status: (looks += 1) < 3 ? 200 : 404 }) });
    await driver.detachPort('s1', 'p1');
    expect(looks).toBe(3);
    await driver.detachPort('s1', 'unknown');
  });

  it('a server group is found by its name, even when the answer to its making got lost', async () => {
    const groups: object[] = [];
    const { driver, cloud } = await nova({
      'GET /nova/v2.1/os-server-groups': () => ({ body: { server_groups: groups } }),
      'POST /nova/v2.1/os-server-groups': () => { groups.push({ id: 'g1', name: 'octavia-lb-lb' }); return { status: 500 }; },
    });
    expect(await driver.ensureServerGroup('lb')).toBe('g1');
    expect(await driver.ensureServerGroup('lb')).toBe('g1');
    expect(cloud.seen[1]?.body).toEqual({ server_group: { name: 'octavia-lb-lb', policies: ['soft-anti-affinity'] } });
    expect(cloud.calls.filter((call) => call.startsWith('POST'))).toHaveLength(1);
  });

  it('a page of a proxy is no word on zones, images, servers or groups', async () => {
    const page: ScriptedAnswer = { bytes: Buffer.from('<html>Maintenance</html>') };
    const { driver, cloud } = await nova({ 'GET /nova/v2.1/os-availability-zone': page, 'GET /nova/v2.1/servers/detail': page, 'GET /nova/v2.1/os-server-groups': page, 'GET /glance/v2/images': page });
    await expect(driver.validateAvailabilityZone('az1')).rejects.toThrow('Nova: GET /os-availability-zone: the answer holds no list');
    await expect(driver.ensure(request())).rejects.toThrow('Nova: GET /servers/detail: the answer holds no list');
    await expect(driver.ensure(request({ isNew: true }))).rejects.toThrow('Glance: GET /images: the answer holds no list');
    await expect(driver.ensureServerGroup('lb')).rejects.toThrow('Nova: GET /os-server-groups: the answer holds no list');
    expect(cloud.calls.filter((call) => call.startsWith('POST'))).toEqual([]);
  });

  it('a server group is found where Nova gives fewer at once than were asked for', async () => {
    const groups = ['a', 'b', 'octavia-lb-lb'].map((name) => ({ id: `id-${name}`, name }));
    const { driver } = await nova({
      'GET /nova/v2.1/os-server-groups': ({ url }) => {
        const offset = Number(new URL(url, 'http://nova').searchParams.get('offset'));
        return { body: { server_groups: groups.slice(offset, offset + 2) } };
      },
    });
    expect(await driver.findServerGroup?.('lb')).toBe('id-octavia-lb-lb');
    expect(await driver.findServerGroup?.('other')).toBeNull();
  });

  it('flavors, zones and images that do not exist are named', async () => {
    const { driver } = await nova({ 'GET /nova/v2.1/flavors/there': { body: {} }, 'GET /nova/v2.1/os-availability-zone': { body: { availabilityZoneInfo: [{ zoneName: 'az1' }] } }, 'GET /nova/v2.1/servers/detail': none, 'GET /glance/v2/images': { body: { images: [] } } });
    await driver.validateFlavor('there');
    await expect(driver.validateFlavor('nowhere')).rejects.toThrow('Compute flavor nowhere not found.');
    await driver.validateAvailabilityZone('az1');
    await expect(driver.validateAvailabilityZone('az9')).rejects.toThrow('Compute availability zone az9 not found.');
    await expect(driver.ensure(request())).rejects.toThrow('Active image with tag amphora not found.');
  });
});
