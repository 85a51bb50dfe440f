import { createSecureContext } from 'node:tls';
import { InvalidAgentConfig, parseAgentConfig } from './agent-config.ts';
import { replaceConfigFile } from './replace-config.ts';
import type { AgentConfig } from './agent-config.ts';
import type { AgentState } from './agent-state.ts';
import type { Agent, AgentOptions } from './agent.ts';
import { AmphoraPaths } from './amphora-paths.ts';
import { readAmphoraSize } from './amphora-size.ts';
import { bootAmphora } from './boot-amphora.ts';
import { ConfigApplier } from './haproxy/apply-config.ts';
import { HangWatch } from './haproxy/hang-watch.ts';
import { HaproxyService } from './haproxy/haproxy-service.ts';
import { LoadBalancerFiles } from './haproxy/load-balancers.ts';
import { createDatagramSender, Heartbeat } from './heartbeat/heartbeat.ts';
import { startAgentServer } from './http/agent-server.ts';
import type { AgentServer } from './http/agent-server.ts';
import { Refusal } from './http/reply.ts';
import { createRouter } from './http/router.ts';
import { InterfacePlugger } from './interfaces/plug.ts';
import { listInterfaces } from './interfaces/read-interface.ts';
import { chooseL4Engine } from './lvs/choose-engine.ts';
import { openLogs } from './logs/open-logs.ts';
import type { AmphoraLogs } from './logs/open-logs.ts';
import { LvsListeners } from './lvs/lvs-listeners.ts';
import { MetricsTranslator } from './prometheus/metrics-translator.ts';
import { readTextOrNull, replaceFile } from '../../lib/replace-file.ts';
import { accessLogRoutes } from './routes/access-log-routes.ts';
import { certificateRoutes } from './routes/certificate-routes.ts';
import { configRoutes } from './routes/config-routes.ts';
import { infoRoutes } from './routes/info-routes.ts';
import { loadBalancerRoutes } from './routes/load-balancer-routes.ts';
import { lvsRoutes } from './routes/lvs-routes.ts';
import { plugRoutes } from './routes/plug-routes.ts';
import { vrrpRoutes } from './routes/vrrp-routes.ts';
import { Serial } from './serial.ts';
import { chooseServiceManager } from './services/choose-manager.ts';
import { Vrrp } from './vrrp.ts';
import { World } from './world.ts';

const CONFIG_FILE = '/etc/octavia/amphora-agent.conf';

/** Routes carry no state: all agents of a process share them. */
const router = createRouter<AgentState>([
  ...infoRoutes, ...loadBalancerRoutes, ...lvsRoutes, ...certificateRoutes, ...plugRoutes, ...vrrpRoutes, ...configRoutes, ...accessLogRoutes,
]);

/**
 * Starts the agent of one amphora: restores what should run, listens with mutual TLS, sends heartbeats. haproxy and
 * keepalived of an earlier agent are taken over as they run. Throws InvalidAgentConfig without a usable amphora-agent.conf.
 */
export async function createAgent(options: AgentOptions): Promise<Agent> {
  const config = { current: await readConfig(options) };
  const logs = await openLogs(options, config);
  const server: { current: AgentServer | null } = { current: null };
  const state = await createState({ options, logs, config, server });
  const started = await startServing(state, options, logs);
  server.current = started;
  const sender = createDatagramSender(logs.log);
  const heartbeat = new Heartbeat({ state, send: sender.send });
  heartbeat.start();
  state.hangs.start();
  return {
    address: started.address,
    async close() {
      await Promise.all([started.close(), heartbeat.close(), state.hangs.close(), state.lvs.engine.close(), state.metrics.close()]);
      sender.close();
      state.world.close();
      await logs.close();
    },
  };
}

/** What is open already is closed again when it fails: whoever asked for the agent asks again. */
async function startServing(state: AgentState, options: AgentOptions, logs: AmphoraLogs): Promise<AgentServer> {
  const config = state.config();
  try {
    await bootAmphora(state, options.shell !== undefined);
    return await startAgentServer({
      state, router, listen: options.listen ?? { host: config.bindHost, port: config.bindPort },
      certificateFile: state.paths.onHost(config.agentServerCert),
      clientCaFile: state.paths.onHost(config.agentServerCa),
      minVersion: config.tlsProtocol,
      requestTimeoutMs: config.requestReadTimeoutSeconds * 1000,
      onFailure: (error, request) => logs.log.error({ ...request, err: error }, 'Agent request failed'),
      // Reads come every few seconds; what changes something is worth a line.
      onAnswer: (line) => logs.log[line.method === 'GET' ? 'debug' : 'info']({ ...line }, 'Agent request answered'),
    });
  } catch (error) {
    await Promise.all([state.lvs.engine.close(), state.metrics.close()]);
    state.world.close();
    await logs.close();
    throw error;
  }
}

interface StateParts {
  readonly options: AgentOptions;
  readonly logs: AmphoraLogs;
  readonly config: { current: AgentConfig };
  readonly server: { readonly current: AgentServer | null };
}

async function createState({ options, logs: { log, ring }, config, server }: StateParts): Promise<AgentState> {
  const amphoraId = config.current.amphoraId || options.amphoraId;
  const paths = new AmphoraPaths(options.root, config.current);
  const world = new World(options.root, options.netns, options.shell);
  const size = await readAmphoraSize(options.root);
  const services = chooseServiceManager(world, paths, size.controlGroups);
  const files = new LoadBalancerFiles(paths, world, config.current.haproxyCommand, ring);
  const haproxy = new HaproxyService({ amphoraId, paths, services, haproxyCommand: config.current.haproxyCommand, log });
  const lvs = new LvsListeners(paths, await chooseL4Engine({ paths, services, world, log, logFacility: config.current.administrativeLogFacility }));
  return {
    amphoraId, paths, size, world, services, log, files, haproxy, lvs,
    logRing: ring?.name ?? null,
    config: () => config.current,
    hangs: new HangWatch({ end: (id, worker) => haproxy.endHung(id, worker) }),
    applier: new ConfigApplier({ paths, service: haproxy, log }),
    vrrp: new Vrrp({
      paths, services, isWholeMachine: world.isWholeMachine, logFacility: () => config.current.administrativeLogFacility, listLoadBalancers: () => files.list(), listLvsListeners: () => lvs.list(),
      listAddresses: async () => (await listInterfaces(world.netns)).flatMap(({ addresses }) => addresses.map(({ address }) => address)),
    }),
    plugger: new InterfacePlugger({ paths, world, topology: () => config.current.topology, log }),
    metrics: new MetricsTranslator(paths, log),
    serials: { haproxy: new Serial(), network: new Serial(), vrrp: new Serial() },
    replaceConfig: (ini) => replaceConfigFile(paths.onHost(configFileOf(options)), ini, (parsed) => {
      config.current = parsed;
      options.onConfig?.(parsed);
    }),
    async replaceServerCertificate(pem) {
      assertCertificate(pem);
      await replaceFile(paths.onHost(config.current.agentServerCert), pem, 0o600);
      await server.current?.reloadCertificate();
    },
  };
}

/** A certificate that cannot be served would lock every controller out. */
function assertCertificate(pem: Buffer): void {
  try {
    createSecureContext({ key: pem, cert: pem });
  } catch (error) {
    throw new Refusal(400, 'Invalid certificate', error instanceof Error ? error.message : String(error));
  }
}

const configFileOf = (options: AgentOptions): string => options.configFile ?? CONFIG_FILE;

async function readConfig(options: AgentOptions): Promise<AgentConfig> {
  const file = new AmphoraPaths(options.root, { basePath: '/', baseCertDir: '/', networkDir: '/' }).onHost(configFileOf(options));
  const ini = await readTextOrNull(file);
  if (ini === null) throw new InvalidAgentConfig(`${file} does not exist.`);
  return parseAgentConfig(ini);
}
