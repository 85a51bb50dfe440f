import { afterEach, expect, it, vi } from 'vitest';
import { listCertificates, listSecrets } from '../../dashboard/src/api/cloud.ts';

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
