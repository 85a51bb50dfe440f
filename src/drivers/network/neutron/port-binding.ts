import { setTimeout as sleep } from 'node:timers/promises';
import { numberOf, objectOf, textOf } from '../../../openstack/json.ts';
import { createRecent } from '../../../openstack/recent.ts';
import type { ServiceClient } from '../../../openstack/service-client.ts';
import { DriverFailure, ResourceNotFound } from '../../errors.ts';
import type { PortBinding } from '../port-binding.ts';

const FIRST_LOOK_MS = 50;
const LONGEST_PAUSE_MS = 500;

/** Binds ports of Neutron to hosts, which takes an administrator's rights there (`binding:host_id`). */
export function createNeutronPortBinding(neutron: ServiceClient, wait: (ms: number) => Promise<unknown> = (ms) => sleep(ms)): PortBinding {
  const mtus = createRecent<number>(300_000);
  const mtuOf = async (networkId: string): Promise<number> => numberOf((await neutron.object('GET', `/networks/${networkId}`, 'network'))?.['mtu']) ?? 1500;
  return {
    async bind(portId, networkId, { host, deviceId, deviceOwner }) {
      const change = { device_id: deviceId, device_owner: deviceOwner, 'binding:host_id': host };
      const [port, mtu] = await Promise.all([
        neutron.object('PUT', `/ports/${portId}`, 'port', { body: { port: change }, accept: [404] }), mtus.get(networkId, () => mtuOf(networkId)),
      ]);
      if (port === null) throw new ResourceNotFound('Port', portId);
      const vifType = textOf(port['binding:vif_type']);
      if (vifType === null) throw new DriverFailure('Neutron', 'bind port', 'its answer has no binding:vif_type; the user of [service_auth] needs the role admin', { retry: 'wait' });
      if (vifType === 'binding_failed' || vifType === 'unbound') {
        throw new DriverFailure('Neutron', 'bind port', `no mechanism driver binds port ${portId} to host ${host} (${vifType}): is there a living L2 agent of that name?`, { retry: 'wait' });
      }
      if (objectOf(port['binding:vif_details'])['ovs_hybrid_plug'] === true) {
        throw new DriverFailure('Neutron', 'bind port', `host ${host} filters on Linux bridges between Open vSwitch and ports (ovs_hybrid_plug); the light pool needs firewall_driver = openvswitch there`, { retry: 'wait' });
      }
      return { vifType, mtu };
    },
    async untilActive(portId, timeoutMs) {
      for (let waitedMs = 0, pauseMs = FIRST_LOOK_MS; ; waitedMs += pauseMs, pauseMs = Math.min(LONGEST_PAUSE_MS, pauseMs * 1.5)) {
        const port = await neutron.object('GET', `/ports/${portId}`, 'port', { accept: [404] });
        if (port === null) throw new ResourceNotFound('Port', portId);
        if (port['status'] === 'ACTIVE') return;
        if (waitedMs >= timeoutMs) {
          const host = textOf(port['binding:host_id']) ?? '';
          throw new DriverFailure('Neutron', 'wait for port', `port ${portId} on host ${host} is ${textOf(port['status']) ?? 'unknown'} and not ACTIVE after ${timeoutMs / 1000} s: look at the L2 agent of that host`);
        }
        await wait(pauseMs);
      }
    },
  };
}
