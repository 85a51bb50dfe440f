import { startAgentServer } from '../../amphora/agent/http/agent-server.ts';
import { createRouter } from '../../amphora/agent/http/router.ts';
import { ConfigError } from '../../config/config-error.ts';
import type { Config } from '../../config/config.ts';
import { createNamespaceCompute } from '../../drivers/compute/namespace/namespace-compute.ts';
import { run } from '../../lib/run.ts';
import { createAgentHost } from '../agent-host.ts';
import { runProcess, type ServiceFiles } from '../services/service-process.ts';
import { lightHostRoutes, type LightHostState } from './host-routes.ts';
import { createPortPlugs } from './plug-ports.ts';

const REQUEST_TIMEOUT_MS = 60_000;

/**
 * `octavia light-host`: runs on each host of the light pool, boots amphorae as network namespaces for the controllers and
 * plugs their ports. It needs neither database nor queue; amphorae outlive it and are taken over by its next start.
 */
export function runLightHost(files: ServiceFiles): Promise<void> {
  return runProcess('octavia-light-host', files, async ({ config, log, stops, onReload }) => {
    const { light_pool: pool, controller_worker: worker } = config;
    const name = pool.host === '' ? config.DEFAULT.host : pool.host;
    await makeLocal(pool);
    const agents = createAgentHost(log);
    stops.add('agents', () => agents.close());
    const compute = createNamespaceCompute({
      dataDir: pool.data_dir, wiring: createPortPlugs({ l2: pool.l2, integrationBridge: pool.integration_bridge }), agents, addressPool: pool.address_pool, isPoolPublic: true,
      defaultFlavor: pool.compute_flavor, prepared: pool.prepared, agentPort: config.haproxy_amphora.bind_port, log,
    });
    stops.add('prepared namespaces', async () => compute.close());
    await compute.restore();
    const state: LightHostState = { name, compute, capacity: pool.capacity, vifType: pool.l2 === 'openvswitch' ? 'ovs' : 'bridge', now: Date.now };
    const server = await startAgentServer({
      state, router: createRouter(lightHostRoutes), listen: { host: pool.bind_host, port: pool.bind_port }, certificateFile: pool.certificate, clientCaFile: worker.client_ca,
      minVersion: 'TLSv1.2', requestTimeoutMs: REQUEST_TIMEOUT_MS,
      onFailure: (error, request) => log.error({ ...request, err: error }, 'A request of a controller failed'),
      onAnswer: (line) => log[line.method === 'GET' ? 'debug' : 'info']({ ...line }, 'A request of a controller was answered'),
    });
    stops.add('server', () => server.close());
    onReload('certificate', () => server.reloadCertificate());
    log.info({ name, ...server.address, amphorae: compute.list().length, l2: pool.l2 }, 'Host of the light pool');
  });
}

/** Every address of the pool is this host's own: agents may listen on it, and neighbours are answered for it. */
async function makeLocal({ address_pool: cidr }: Config['light_pool']): Promise<void> {
  if (cidr === '') throw new ConfigError({ group: 'light_pool', option: 'address_pool', value: '', reason: 'names no network: agents of amphorae need addresses that controllers reach' });
  if (!cidr.startsWith('127.')) await run('ip', ['route', 'replace', 'local', cidr, 'dev', 'lo']);
}
