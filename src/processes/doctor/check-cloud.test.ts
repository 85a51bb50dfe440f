import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { ConfigOverrides } from '../../config/config.ts';
import { loadConfig } from '../../config/load-config.ts';
import { checkCloud } from './check-cloud.ts';

/** A Keystone that gives everybody a token for a cloud without services. */
const keystone = createServer((request, response) => {
  request.resume().on('end', () => {
    const token = { expires_at: '2999-01-01T00:00:00.000000Z', project: { id: 'p', name: 'service' }, user: { id: 'u' }, roles: [], catalog: [] };
    response.writeHead(request.method === 'POST' ? 201 : 200, { 'x-subject-token': 't', 'content-type': 'application/json' }).end(JSON.stringify({ token }));
  });
});
beforeAll(async () => {
  keystone.listen(0, '127.0.0.1');
  await once(keystone, 'listening');
});
afterAll(() => void keystone.close());

const look = (overrides: ConfigOverrides) => {
  const account = { auth_type: 'password', auth_url: `http://127.0.0.1:${(keystone.address() as AddressInfo).port}/v3`, username: 'octavia', password: 'p', project_name: 'service', user_domain_name: 'Default', project_domain_name: 'Default' };
  return checkCloud(loadConfig({ files: [], env: {}, overrides: { api_settings: { auth_strategy: 'noauth' }, controller_worker: { compute_driver: 'compute_nova_driver', network_driver: 'allowed_address_pairs_driver' }, service_auth: account, ...overrides } }));
};

describe('the doctor\'s look at the cloud', () => {
  it.each<[string, ConfigOverrides]>([
    ['network Neutron', { neutron: { cafile: '/nowhere.pem' } }],
    ['compute Nova', { nova: { ca_certificates_file: '/nowhere.pem' } }],
  ])('options of %s that cannot be used are a finding, and the others are looked at all the same', async (what, overrides) => {
    const findings = await look(overrides);
    const found = (name: string) => findings.find((finding) => `${finding.area} ${finding.what}` === name);
    expect(found(what)).toMatchObject({ result: 'failure', detail: expect.stringContaining('/nowhere.pem'), fix: 'correct what octavia.conf names' });
    expect(found('key manager Barbican')).toMatchObject({ result: 'failure', detail: expect.stringContaining('no endpoint') });
  });
});
