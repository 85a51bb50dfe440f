import type { Config } from '../../config/config.ts';
import { connectLightHost, LightHostUnreachable, parseHostAddress, type LightHost } from '../../drivers/compute/light/light-host.ts';
import { reasonOf } from '../../lib/errors.ts';
import { failure, note, ok, type Finding } from './finding.ts';

const AREA = 'light pool';

/** Whether the hosts that octavia.conf names answer, and have room. Nothing without a pool. */
export async function checkLightPool({ light_pool: pool, haproxy_amphora: tls, controller_worker: worker }: Config): Promise<readonly Finding[]> {
  if (pool.hosts.length === 0) {
    if (worker.compute_driver !== 'compute_light_driver') return [];
    return [failure(AREA, '[light_pool] hosts', 'names no host, and [controller_worker] compute_driver is compute_light_driver', 'name the hosts that run octavia light-host')];
  }
  const hosts = pool.hosts.map((text) => connectLightHost(parseHostAddress(text), { clientCert: tls.client_cert, serverCa: tls.server_ca, requestTimeoutMs: pool.request_timeout * 1000 }));
  const findings = await Promise.all(hosts.map(checkHost));
  await Promise.all(hosts.map((host) => host.close()));
  const lonely = hosts.filter(({ zone }) => hosts.filter((other) => other.zone === zone).length === 1).map(({ zone }) => zone ?? 'none');
  if (lonely.length === 0 || worker.loadbalancer_topology === 'SINGLE') return findings;
  return [...findings, note(AREA, '[light_pool] hosts', `zones with one host only (${lonely.join(', ')}): pairs that are bound to one are not spread`)];
}

async function checkHost(host: LightHost): Promise<Finding> {
  try {
    const { capacity, amphorae } = await host.facts();
    const detail = `has ${amphorae} of ${capacity} amphorae`;
    return amphorae < capacity ? ok(AREA, host.name, detail) : note(AREA, host.name, `${detail} and takes no more`, 'raise [light_pool] capacity there, or add a host');
  } catch (error) {
    const fix = error instanceof LightHostUnreachable
      ? `start octavia-light-host there, and look at address, port and certificate: octavia certificates light-host ${host.name} makes one that controllers trust`
      : 'look into the log of octavia-light-host there';
    return failure(AREA, host.name, reasonOf(error), fix);
  }
}
