import type { FastifyInstance } from 'fastify';
import { createInProcessBus } from '../../bus/in-process-bus.ts';
import type { Cast } from '../../bus/bus.ts';
import type { ConfigOverrides } from '../../config/config.ts';
import { loadConfig } from '../../config/load-config.ts';
import { createNoopCertManager } from '../../drivers/certs/noop-cert-manager.ts';
import type { CertManager } from '../../drivers/certs/cert-manager.ts';
import { createNoopCompute } from '../../drivers/compute/noop.ts';
import type { NetworkDriver } from '../../drivers/network/network-driver.ts';
import { createNoopNetworkDriver } from '../../drivers/network/noop.ts';
import type { ProviderRegistry } from '../../providers/provider-driver.ts';
import { createProviderRegistry } from '../../providers/provider-registry.ts';
import type { Store } from '../../store/database.ts';
import { openStore } from '../../store/open-store.ts';
import { deleteLoadBalancer, removeObjects } from '../../store/remove-objects.ts';
import { upgradeHead } from '../../store/schema/migrate.ts';
import { createLogger, type Logger } from '../../telemetry/logger.ts';
import type { AccessLogSource } from '../access-log-source.ts';
import { testingAuthenticator } from '../auth/header-authenticators.ts';
import { createApi } from '../create-api.ts';
import { createPolicyEnforcer } from '../policy/create-policy-enforcer.ts';
import type { PolicyEnforcer } from '../policy/policy-enforcer.ts';

export const PROJECT = 'e3cd678b11784734bc366148aa37580e';
export const SUBNET = 'd4af86e1-0051-488c-b7a0-527f97490c9a';
export const NETWORK = 'd0d217df-3958-4fbf-a3c2-8dad2908c709';

export interface TestApi {
  readonly app: FastifyInstance;
  readonly store: Store;
  /** Casts the API has sent. */
  readonly casts: readonly Cast[];
  call(method: Method, path: string, body?: unknown, headers?: Readonly<Record<string, string>>): Promise<Answer>;
  /** What a worker would do: everything pending becomes ACTIVE, deleted rows vanish. */
  settle(): Promise<void>;
  close(): Promise<void>;
}

type Method = 'GET' | 'POST' | 'PUT' | 'DELETE' | 'PATCH' | 'HEAD';

export interface Answer {
  readonly status: number;
  readonly text: string;
  // Bodies of tests are looked into freely.
  // oxlint-disable-next-line typescript/no-explicit-any
  readonly json: any;
  readonly headers: Readonly<Record<string, unknown>>;
}

export interface TestApiOptions {
  readonly config?: ConfigOverrides;
  readonly network?: Partial<NetworkDriver>;
  readonly certManager?: Partial<CertManager>;
  readonly accessLogs?: AccessLogSource;
  /** Other providers than the built-in ones. */
  readonly providers?: (builtIn: ProviderRegistry) => ProviderRegistry;
  /** @default errors, on standard error */
  readonly log?: Logger;
  readonly failoverThreshold?: (inService: number) => number;
  /** How the bus takes a cast. @default it notes it */
  readonly cast?: (cast: Cast) => Promise<void>;
  /** @default the built-in rules */
  readonly policy?: PolicyEnforcer;
  /** A migrated database to use, and to leave open. @default one in memory */
  readonly store?: Store;
}

/** The whole API on an in-memory database, with a member of one project as the usual caller. */
export async function startTestApi(options: TestApiOptions = {}): Promise<TestApi> {
  const store = options.store ?? (await emptyStore());
  const config = loadConfig({ env: {}, overrides: { ...options.config, api_settings: { enabled_provider_drivers: { amphora: 'Amphora', octavia: 'Old name', noop_driver: 'No-op' }, ...options.config?.api_settings } } });
  const network: NetworkDriver = { ...createNoopNetworkDriver(), ...options.network };
  const casts: Cast[] = [];
  const bus = { ...createInProcessBus(), cast: options.cast ?? (async (cast: Cast) => void casts.push(cast)) };
  const providers = createProviderRegistry(config, { network, compute: createNoopCompute() });
  const app = createApi({
    store, config, network, bus,
    providers: options.providers?.(providers) ?? providers,
    certManager: { ...createNoopCertManager(), ...options.certManager },
    authenticator: testingAuthenticator,
    policy: options.policy ?? createPolicyEnforcer(config),
    clock: { now: () => Date.now() },
    accessLogs: async () => options.accessLogs ?? null,
    ...(options.failoverThreshold && { failoverThreshold: options.failoverThreshold }),
    log: options.log ?? createLogger({ level: 'error' }),
  });
  await app.ready();
  return {
    app, store, casts,
    call: (method, path, body, headers = {}) => call(app, { method, path, body, headers }),
    settle: () => settle(store),
    async close() {
      await app.close();
      if (!options.store) await store.close();
    },
  };
}

async function emptyStore(): Promise<Store> {
  const store = await openStore('sqlite://');
  await upgradeHead(store);
  return store;
}

async function call(app: FastifyInstance, request: { method: Method; path: string; body: unknown; headers: Readonly<Record<string, string>> }): Promise<Answer> {
  const payload = request.body === undefined ? {} : { payload: typeof request.body === 'string' ? request.body : JSON.stringify(request.body) };
  const headers = { 'x-project-id': PROJECT, 'x-user-id': 'tester', 'x-roles': 'load-balancer_member,member,reader', 'content-type': 'application/json', ...request.headers };
  const reply = await app.inject({ method: request.method, url: request.path, headers, ...payload });
  const isJson = String(reply.headers['content-type'] ?? '').includes('json') && reply.body !== '';
  return { status: reply.statusCode, text: reply.body, json: isJson ? JSON.parse(reply.body) : null, headers: reply.headers };
}

export const ADMIN = { 'x-roles': 'admin', 'x-project-id': 'admin-project' } as const;

const CHILDREN = ['l7rule', 'l7policy', 'member', 'health_monitor', 'listener', 'pool'] as const;

async function settle(store: Store): Promise<void> {
  await store.transaction(async (trx) => {
    const gone = async (table: (typeof CHILDREN)[number] | 'load_balancer') =>
      (await trx.selectFrom(table).select('id').where('provisioning_status', '=', 'PENDING_DELETE').execute()).map((row) => row.id);
    for (const id of await gone('load_balancer')) await deleteLoadBalancer(trx, id);
    await removeObjects(trx, {
      listener: await gone('listener'), pool: await gone('pool'), l7policy: await gone('l7policy'), l7rule: await gone('l7rule'), member: await gone('member'),
      health_monitor: await gone('health_monitor'), load_balancer: [],
    });
    for (const table of [...CHILDREN, 'load_balancer'] as const) {
      await trx.updateTable(table).set({ provisioning_status: 'ACTIVE' }).where('provisioning_status', 'in', ['PENDING_CREATE', 'PENDING_UPDATE']).execute();
    }
  });
}
