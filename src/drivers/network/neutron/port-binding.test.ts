import { afterEach, describe, expect, it } from 'vitest';
import { startScriptedCloud, type ScriptedCloud } from '../../../openstack/testing/scripted-cloud.ts';
import { createNeutronPortBinding } from './port-binding.ts';

let scripted: ScriptedCloud | undefined;
afterEach(async () => { await scripted?.stop(); scripted = undefined; });

async function binding(port: () => object | null) {
  scripted = await startScriptedCloud(({ url }) => {
    if (url.includes('/networks/')) return { body: { network: { id: 'net', mtu: 1442 } } };
    const found = port();
    return found === null ? { status: 404 } : { body: { port: found } };
  });
  return { driver: createNeutronPortBinding(scripted.cloud.service('neutron'), async () => undefined), cloud: scripted };
}
const owner = { host: 'compute-1', deviceId: 'amphora', deviceOwner: 'compute:light' };

describe('ports of Neutron on hosts of the light pool', () => {
  it('are bound as Nova would, and the answer says how they are wired', async () => {
    const { driver, cloud } = await binding(() => ({ id: 'p', 'binding:vif_type': 'ovs', 'binding:vif_details': { ovs_hybrid_plug: false } }));
    expect(await driver.bind('p', 'net', owner)).toEqual({ vifType: 'ovs', mtu: 1442 });
    expect(cloud.seen.find(({ method }) => method === 'PUT')?.body).toEqual({ port: { device_id: 'amphora', device_owner: 'compute:light', 'binding:host_id': 'compute-1' } });
  });

  it.each([
    ['nobody binds it', { 'binding:vif_type': 'binding_failed' }, /no mechanism driver binds port p to host compute-1 .*L2 agent of that name/],
    ['it is not bound', { 'binding:vif_type': 'unbound' }, /compute-1 \(unbound\)/],
    ['we may not see bindings', {}, /needs the role admin/],
    ['filters sit between', { 'binding:vif_type': 'ovs', 'binding:vif_details': { ovs_hybrid_plug: true } }, /firewall_driver = openvswitch/],
    ['it is gone', null, /Port p not found/],
  ])('refused in words: %s', async (_, port, reason) => {
    const { driver } = await binding(() => port);
    await expect(driver.bind('p', 'net', owner)).rejects.toThrow(reason);
  });

  it('are awaited until they are ACTIVE, and not for ever', async () => {
    let looks = 0;
    const { driver } = await binding(() => ({ id: 'p', status: (looks += 1) < 4 ? 'DOWN' : 'ACTIVE', 'binding:host_id': 'compute-1' }));
    await driver.untilActive('p', 60_000);
    expect(looks).toBe(4);
    looks = -1000;
    await expect(driver.untilActive('p', 1000)).rejects.toThrow(/port p on host compute-1 is DOWN and not ACTIVE after 1 s/);
  });
});
