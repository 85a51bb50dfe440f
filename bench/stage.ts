import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CloudClient } from '../src/processes/embedded/cloud-client.ts';
import { startService, type RunningService } from '../src/processes/embedded/start-service.ts';

/** A running service with network `web` (10.0.10.0/24, host at 10.0.10.1) to measure on. */
export interface Stage {
  readonly client: CloudClient;
  readonly service: RunningService;
  readonly dataDir: string;
  readonly subnetId: string;
}

export async function withStage(config: string, work: (stage: Stage) => Promise<void>): Promise<void> {
  const dataDir = mkdtempSync(join(tmpdir(), 'octavia-bench-'));
  const configFile = join(dataDir, 'bench.conf');
  writeFileSync(configFile, config);
  const service = await startService({ dataDir, configFile });
  const client = await CloudClient.signIn(dataDir);
  try {
    const network = await client.create('/network/v2.0/networks', 'network', { name: 'web' });
    const subnet = await client.create('/network/v2.0/subnets', 'subnet', { name: 'websub', network_id: network.id, ip_version: 4, cidr: '10.0.10.0/24' });
    await work({ client, service, dataDir, subnetId: subnet.id });
  } finally {
    await clearAway(client);
    await service.stop('SIGINT');
    rmSync(dataDir, { recursive: true, force: true });
  }
}

/** Amphorae and servers outlive the service: the next stage must not meet them. */
async function clearAway(client: CloudClient): Promise<void> {
  for (const { id } of await client.list('/v2/lbaas/loadbalancers', 'loadbalancers')) {
    await client.request('DELETE', `/v2/lbaas/loadbalancers/${String(id)}?cascade=true`);
    await client.waitGone(String(id));
  }
  for (const { name } of await client.list('/octavia-embedded/v1/servers', 'servers')) await client.request('DELETE', `/octavia-embedded/v1/servers/${String(name)}`);
  for (const { id, 'router:external': isExternal } of await client.list('/network/v2.0/networks', 'networks')) {
    if (isExternal !== true) await client.request('DELETE', `/network/v2.0/networks/${String(id)}`);
  }
}

/** nginx that answers a short body on port 80 in a namespace of its own. */
export async function makeFastServer(stage: Stage, name: string, address: string): Promise<void> {
  const prefix = join(stage.dataDir, name);
  const config = `${prefix}.nginx.conf`;
  writeFileSync(
    config,
    `daemon off; worker_processes 1; pid ${prefix}.nginx.pid; error_log /dev/null; worker_rlimit_nofile 16384;
events { worker_connections 8192; }
http { access_log off; keepalive_requests 1000000; client_body_temp_path ${prefix}.body; proxy_temp_path ${prefix}.proxy; fastcgi_temp_path ${prefix}.fcgi; uwsgi_temp_path ${prefix}.uwsgi; scgi_temp_path ${prefix}.scgi;
  server { listen 80 backlog=4096; location / { return 200 "${name}\\n"; } } }
`,
  );
  await stage.client.create('/octavia-embedded/v1/servers', 'server', { name, network: 'web', address, command: ['nginx', '-c', config] });
}

/** A fully populated load balancer over the given members; returns its id and VIP, not waiting for anything. */
export async function createFull(stage: Stage, name: string, members: readonly string[], listener: Record<string, unknown> = {}): Promise<{ id: string; vip: string }> {
  const created = await stage.client.create('/v2/lbaas/loadbalancers', 'loadbalancer', {
    name,
    vip_subnet_id: stage.subnetId,
    listeners: [
      {
        name: `${name}-listener`, protocol: 'HTTP', protocol_port: 80, ...listener,
        default_pool: {
          name: `${name}-pool`, protocol: 'HTTP', lb_algorithm: 'ROUND_ROBIN',
          members: members.map((address) => ({ address, protocol_port: 80, subnet_id: stage.subnetId })),
        },
      },
    ],
  });
  return { id: created.id, vip: String(created['vip_address']) };
}

export function median(values: readonly number[]): number {
  return [...values].sort((left, right) => left - right)[Math.floor(values.length / 2)] ?? Number.NaN;
}

export function percentile(values: readonly number[], share: number): number {
  return [...values].sort((left, right) => left - right)[Math.min(values.length - 1, Math.floor(values.length * share))] ?? Number.NaN;
}

/** Prints one figure with its goal; a missed goal makes the run end with status 1. */
export function verdict(text: string, holds: boolean): void {
  process.stdout.write(`${holds ? 'ok    ' : 'MISSED'} ${text}\n`);
  if (!holds) process.exitCode = 1;
}
