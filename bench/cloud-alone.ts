import { setTimeout as pause } from 'node:timers/promises';
import { objectOf, objectsOf, textOf, type JsonObject } from '../src/openstack/json.ts';
import type { OpenStackWorld } from '../tests/openstack/world.ts';

/** Milliseconds that Neutron and Nova need for the machines of a pair, and for one that replaces another, when nobody else asks them for anything. */
export interface CloudAlone { readonly create: number; readonly failover: number }

const LOOK_EVERY_MS = 500;
const PATIENCE_MS = 60_000;

/**
 * Has the cloud do the least that a pair and a failover ask of it: ports on the networks that are plugged, and servers that
 * have them, from birth or, where machines run already, attached. No load balancing service can be faster on this cloud.
 */
export async function measureCloudAlone(stack: OpenStackWorld, machinesRun: boolean): Promise<CloudAlone> {
  const { urls, objects } = stack.cloud;
  const token = await stack.keystone.token('octavia');
  const send = async (method: string, url: string, body?: object): Promise<JsonObject> => {
    const headers = { 'x-auth-token': token, 'content-type': 'application/json' };
    const response = await fetch(url, { method, headers, ...(body !== undefined && { body: JSON.stringify(body) }) });
    const text = await response.text();
    if (!response.ok) throw new Error(`${method} ${url}: ${response.status} ${text}`);
    return text === '' ? {} : objectOf(JSON.parse(text));
  };
  const makePort = async (network: string): Promise<string> => textOf(objectOf((await send('POST', `${urls.neutron}/v2.0/ports`, { port: { network_id: network } }))['port'])['id']) ?? '';
  const name = `alone-${Date.now()}`;
  const order = async (ports: readonly string[]): Promise<string> => {
    const networks = [{ uuid: objects.managementNetwork }, ...ports.map((port) => ({ port }))];
    const made = await send('POST', `${urls.nova}/servers`, { server: { name, flavorRef: objects.flavor, imageRef: objects.image, networks, config_drive: true, security_groups: [{ name: objects.managementGroup }] } });
    return textOf(objectOf(made['server'])['id']) ?? '';
  };
  const untilActive = async (ids: readonly string[]): Promise<void> => {
    const built = async (status: string) => objectsOf((await send('GET', `${urls.nova}/servers?name=${name}&status=${status}`))['servers']).map(({ id }) => textOf(id));
    for (const deadlineMs = performance.now() + PATIENCE_MS; ; await pause(LOOK_EVERY_MS)) {
      const active = await built('ACTIVE');
      if (ids.every((id) => active.includes(id))) return;
      if (performance.now() > deadlineMs) throw new Error(`${(await built('ERROR')).length} of ${ids.length} servers could not be built, others are still waited for`);
    }
  };
  const attach = (server: string, port: string) => send('POST', `${urls.nova}/servers/${server}/os-interface`, { interfaceAttachment: { port_id: port } });
  /** Machines with an interface on each of these networks; returns how long it took. */
  const plug = async (machines: number, networks: readonly string[]): Promise<number> => {
    const running = machinesRun ? await Promise.all(Array.from({ length: machines }, () => order([]))) : [];
    if (machinesRun) await untilActive(running);
    const startedAt = performance.now();
    const ports = await Promise.all(Array.from({ length: machines }, () => Promise.all(networks.map(makePort))));
    const servers = machinesRun ? running : await Promise.all(ports.map(order));
    if (machinesRun) await Promise.all(servers.flatMap((server, index) => (ports[index] ?? []).map((port) => attach(server, port))));
    else await untilActive(servers);
    const ms = performance.now() - startedAt;
    await Promise.all(ports.flat().map((port) => send('DELETE', `${urls.neutron}/v2.0/ports/${port}`)));
    await Promise.all(servers.map((server) => send('DELETE', `${urls.nova}/servers/${server}`)));
    await pause(3000);
    return ms;
  };
  return { create: await plug(2, [objects.vipNetwork]), failover: await plug(1, [objects.vipNetwork, objects.memberNetwork]) };
}
