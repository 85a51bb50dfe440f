import { afterEach, expect, it, vi } from 'vitest';
import { createFloatingIp, freeFloatingIps, listCertificates, listFloatingIps, listNetworks, listPorts, listQosPolicies, listSecrets, listSecurityGroups, listServers, listSubnets, placeFloatingIp } from '../../dashboard/src/api/cloud.ts';

afterEach(() => vi.unstubAllGlobals());

it('offers every certificate and secret of a project that has hundreds', async () => {
  vi.stubGlobal('fetch', async (address: string) => {
    const url = new URL(address, 'http://octavia');
    const [limit, offset] = [Number(url.searchParams.get('limit')), Number(url.searchParams.get('offset'))];
    const isSecrets = url.pathname.endsWith('/secrets');
    const all = Array.from({ length: isSecrets ? 200 : 250 }, (_, number) => ({ name: String(number), type: number % 2 === 0 ? 'certificate' : 'rsa' }));
    return Response.json({ [isSecrets ? 'secrets' : 'containers']: all.slice(offset, offset + Math.min(limit, 100)), total: all.length });
  });
  expect(await listSecrets()).toHaveLength(200);
  expect((await listCertificates()).at(-1)?.name).toBe('248');
});

it('offers all networks, subnets, ports, addresses, groups, policies and servers of a cloud that gives them in pages', async () => {
  const asked: string[] = [];
  vi.stubGlobal('fetch', async (address: string) => {
    const url = new URL(address, 'http://octavia');
    asked.push(url.pathname + url.search);
    const key = url.pathname.endsWith('/servers/detail') ? 'servers' : (url.pathname.split('/').at(-1) ?? '').replaceAll('-', '_');
    const marker = Number(url.searchParams.get('marker') ?? 0);
    const page = Array.from({ length: Math.min(2, 5 - marker) }, (_, number) => ({ id: String(marker + number + 1) }));
    const href = `http://inside.example:9696${url.pathname}?limit=2&marker=${marker + 2}`;
    return Response.json({ [key]: page, ...(marker + 2 < 5 && { [`${key}_links`]: [{ rel: 'previous', href: 'http://inside.example/' }, { rel: 'next', href }] }) });
  });
  for (const list of [listNetworks, listSubnets, listPorts, listFloatingIps, listSecurityGroups, listQosPolicies, listServers]) {
    expect((await list()).map(({ id }) => id), list.name).toEqual(['1', '2', '3', '4', '5']);
  }
  expect(asked.slice(0, 3)).toEqual(['/dashboard/api/network/v2.0/networks', '/dashboard/api/network/v2.0/networks?limit=2&marker=2', '/dashboard/api/network/v2.0/networks?limit=2&marker=4']);
});

it('comes to an end where the links of a list do not', async () => {
  let calls = 0;
  vi.stubGlobal('fetch', async () => {
    calls += 1;
    return Response.json({ ports: [{ id: 'p' }], ports_links: [{ rel: 'next', href: '/v2.0/ports?marker=p' }] });
  });
  expect((await listPorts()).length).toBe(calls);
  expect(calls).toBe(2);
});

it('says which address of the VIP port a floating IP leads to, as Neutron asks where there are several', async () => {
  const sent: unknown[] = [];
  vi.stubGlobal('fetch', async (_address: string, { body }: { body: string }) => {
    sent.push((JSON.parse(body) as { floatingip: unknown }).floatingip);
    return Response.json({ floatingip: {} });
  });
  await createFloatingIp('net', { portId: 'p', address: '10.0.0.5' });
  await placeFloatingIp('f', { portId: 'p', address: 'fd00::5' });
  await placeFloatingIp('f', null);
  expect(sent).toEqual([{ floating_network_id: 'net', port_id: 'p', fixed_ip_address: '10.0.0.5' }, { port_id: 'p' }, { port_id: null }]);
});

it('offers a load balancer free addresses of its own project only, though an administrator is told of all', () => {
  const address = (id: string, project: string, port: string | null) => ({ id, floating_ip_address: '192.0.2.1', floating_network_id: 'net', fixed_ip_address: null, port_id: port, project_id: project });
  const all = [address('theirs', 'other', null), address('used', 'own', 'port'), address('free', 'own', null)];
  expect(freeFloatingIps(all, 'own').map(({ id }) => id)).toEqual(['free']);
});
