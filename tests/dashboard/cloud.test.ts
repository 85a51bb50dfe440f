import { afterEach, expect, it, vi } from 'vitest';
import { createFloatingIp, freeFloatingIps, listCertificates, listSecrets, placeFloatingIp } from '../../dashboard/src/api/cloud.ts';

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
