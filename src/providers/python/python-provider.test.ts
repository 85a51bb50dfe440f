import { describe, expect, it } from 'vitest';
import type { CertManager } from '../../drivers/certs/cert-manager.ts';
import { DriverFailure } from '../../drivers/errors.ts';
import { ProviderError } from '../provider-driver.ts';
import type { BridgeArgument } from './bridge-messages.ts';
import { createPythonProvider } from './python-provider.ts';

const certManager: CertManager = {
  getBundle: async (ref, projectId) => {
    if (ref === 'lost') throw new DriverFailure('key manager', 'get', 'it is gone');
    return { id: ref, primaryCn: 'cn', certificate: `certificate of ${projectId}`, privateKey: 'key', privateKeyPassphrase: null, intermediates: ['inter'] };
  },
  getSecret: async (ref) => `text of ${ref}`,
  grantAccess: async () => undefined,
};

function provider(answer: unknown = null) {
  const calls: (readonly [string, ...BridgeArgument[]])[] = [];
  const call = async (method: string, args: readonly BridgeArgument[]): Promise<unknown> => {
    calls.push([method, ...args]);
    return answer;
  };
  return { calls, driver: createPythonProvider({ call }, certManager) };
}

describe('a Python provider', () => {
  it('gets key material with what refers to it, all the way down', async () => {
    const { driver, calls } = provider();
    const tls = { default_tls_container_ref: 'cert', sni_container_refs: ['a', 'b'], client_ca_tls_container_ref: 'ca', client_crl_container_ref: null, project_id: 'p' };
    await driver.loadbalancerCreate({ loadbalancer_id: 'lb', listeners: [{ ...tls, default_pool: { tls_container_ref: 'pool cert', project_id: 'p' } }], pools: [] });
    const bundle = (id: string) => ({ id, primary_cn: 'cn', certificate: 'certificate of p', private_key: 'key', passphrase: null, intermediates: ['inter'] });
    expect(calls).toEqual([['loadbalancer_create', {
      model: 'LoadBalancer',
      dict: {
        loadbalancer_id: 'lb',
        listeners: [{
          ...tls, default_tls_container_data: bundle('cert'), sni_container_data: [bundle('a'), bundle('b')], client_ca_tls_container_data: 'text of ca',
          default_pool: { tls_container_ref: 'pool cert', tls_container_data: bundle('pool cert'), project_id: 'p' },
        }],
      },
    }]]);
  });

  it('is told exactly what changed: empty lists and nulls clear, everything else is unset', async () => {
    const { driver, calls } = provider();
    await driver.listenerUpdate({ listener_id: 'l', project_id: 'p', sni_container_refs: [] }, { listener_id: 'l', sni_container_refs: [], description: null, default_tls_container_ref: 'new' });
    expect(calls[0]?.slice(1)).toEqual([
      { model: 'Listener', dict: { listener_id: 'l', project_id: 'p' } },
      { model: 'Listener', dict: { listener_id: 'l', sni_container_refs: [], description: null, default_tls_container_ref: 'new', default_tls_container_data: expect.objectContaining({ certificate: 'certificate of p' }) } },
    ]);
  });

  it('can delete what has lost its certificate, and cannot create it', async () => {
    const { driver, calls } = provider();
    await driver.listenerDelete({ listener_id: 'l', default_tls_container_ref: 'lost' });
    expect(calls).toEqual([['listener_delete', { model: 'Listener', dict: { listener_id: 'l', default_tls_container_ref: 'lost' } }]]);
    await expect(driver.listenerCreate({ default_tls_container_ref: 'lost' })).rejects.toThrow('it is gone');
  });

  it.each<readonly [string, unknown, object]>([
    ['a pair', [{ vip_address: '192.0.2.1', vip_port_id: 'port', octavia_owned: true }, [{ subnet_id: 's2', ip_address: '192.0.2.9' }]], { isOwned: true, extra: { subnet_id: 's2', ip_address: '192.0.2.9' } }],
    ['a pair without additional VIPs', [{ vip_address: '192.0.2.1', vip_port_id: 'port' }, []], { isOwned: false, extra: { subnet_id: 's2', ip_address: null } }],
    ['a VIP alone', { vip_address: '192.0.2.1', vip_port_id: 'port' }, { isOwned: false, extra: { subnet_id: 's2', ip_address: null } }],
  ])('may answer VIP ports as %s', async (_name, answer, expected) => {
    const { driver, calls } = provider(answer);
    const { vip, additional } = await driver.createVipPort('lb', 'p', { vip_network_id: 'n', vip_subnet_id: 's', vip_address: null, vip_sg_ids: [] }, [{ subnet_id: 's2', ip_address: null }]);
    expect(vip).toMatchObject({ vip_address: '192.0.2.1', vip_port_id: 'port', vip_network_id: null });
    expect({ isOwned: vip.octavia_owned, extra: additional[0] }).toEqual(expected);
    // Drivers look whether a key is there at all.
    expect(calls[0]).toEqual(['create_vip_port', { value: 'lb' }, { value: 'p' }, { value: { vip_network_id: 'n', vip_subnet_id: 's' } }, { value: [{ subnet_id: 's2' }] }]);
  });

  it('must answer a VIP', async () => {
    await expect(provider('nothing').driver.createVipPort('lb', null, {}, [])).rejects.toBeInstanceOf(ProviderError);
  });
});
