import { describe, expect, it } from 'vitest';
import { completeModel, setModel } from './model-attributes.ts';

describe('models of octavia-lib', () => {
  it('printed whole have every attribute, all the way down, with null where nothing is set', () => {
    const listener = completeModel('Listener', { listener_id: 'l', default_pool: { pool_id: 'p', members: [{ member_id: 'm' }] }, l7policies: [{ rules: [] }], sni_container_refs: [] });
    expect(Object.keys(listener)).toHaveLength(30);
    expect(listener).toMatchObject({
      listener_id: 'l', name: null, sni_container_refs: null, default_tls_container_data: null,
      default_pool: { pool_id: 'p', healthmonitor: null, members: [{ member_id: 'm', weight: null }] }, l7policies: [{ rules: [], redirect_url: null }],
    });
  });

  it('carry attributes that older clients do not know only when they say something', () => {
    const later = { hsts_max_age: null, hsts_include_subdomains: false, hsts_preload: false };
    expect(completeModel('Listener', later)).not.toHaveProperty('hsts_max_age');
    expect(completeModel('Listener', { ...later, hsts_max_age: 0 })).toMatchObject({ hsts_max_age: 0 });
    expect(completeModel('Member', { vnic_type: 'normal' })).not.toHaveProperty('vnic_type');
    expect(completeModel('Member', { vnic_type: 'direct' })).toMatchObject({ vnic_type: 'direct' });
    expect(completeModel('LoadBalancer', { vip_sg_ids: [] })).not.toHaveProperty('vip_sg_ids');
  });

  it('given to a provider leave out what the original leaves unset, and keep null', () => {
    expect(setModel('LoadBalancer', { name: null, listeners: [], pools: [{ members: [], listener_id: 'l', healthmonitor: null }], vip_sg_ids: ['s'] }))
      .toEqual({ name: null, pools: [{ members: [], listener_id: 'l', healthmonitor: null }], vip_sg_ids: ['s'] });
  });
});
