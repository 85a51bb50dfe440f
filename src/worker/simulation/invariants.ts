import { haproxyListeners } from '../../amphora/haproxy/served-objects.ts';
import { renderHaproxy } from '../../amphora/haproxy/render.ts';
import { renderLvs } from '../../amphora/l4/render-lvs.ts';
import type { CertManager } from '../../drivers/certs/cert-manager.ts';
import type { Amphora, LoadBalancerGraph } from '../../model/graph.ts';
import type { Store } from '../../store/database.ts';
import { loadGraph } from '../../store/load-balancer-graph.ts';
import { isL4 } from '../actions/configuration.ts';
import { interfaceRules } from '../actions/interface-rules.ts';
import { rolesOf } from '../plan/amphora-set.ts';
import type { WorkerSettings } from '../settings.ts';
import { listenersWithout, resolveTlsMaterial } from '../tls-material.ts';
import { factsOf, namedFiles, type Agent } from './agents.ts';
import { rulesOf, type Cloud, type Server } from './cloud.ts';
import { openedDatabase } from './platform.ts';

const ask = (text: string): Record<string, unknown>[] => openedDatabase().prepare(text).all();
const OBJECTS = ['load_balancer', 'listener', 'pool', 'member', 'health_monitor', 'l7policy', 'l7rule'] as const;

/** What still waits for somebody; nothing of it may be left for ever. */
export function unsettled(): string[] {
  const rows = [
    ...OBJECTS.flatMap((table) => ask(`select '${table} ' || id || ' is ' || provisioning_status as what from ${table} where provisioning_status like 'PENDING%' or provisioning_status = 'ERROR'`)),
    ...ask("select 'amphora ' || id || ' is ' || status as what from amphora where status not in ('ALLOCATED', 'READY', 'DELETED')"),
    // What is noted of deleted ones goes with their rows.
    ...ask(`select 'wish ' || kind || ' for ' || coalesce(load_balancer_id, amphora_id) as what from ts_request
      where coalesce(load_balancer_id, amphora_id) not in (select id from load_balancer where provisioning_status = 'DELETED' union select id from amphora where status = 'DELETED')`),
    ...ask(`select 'lease on ' || lb.id || ' of ' || coalesce(owner, 'nobody') || ' after ' || attempts || ' failures: ' || coalesce(last_error, '') as what
      from ts_lease join load_balancer as lb on lb.id = load_balancer_id where (owner is not null or attempts > 0) and lb.provisioning_status <> 'DELETED'`),
    ...ask("select 'busy amphora ' || amphora_id as what from amphora_health join amphora on amphora.id = amphora_id where busy and status <> 'DELETED'"),
  ];
  return rows.map((row) => String(row['what']));
}

interface Judged { readonly store: Store; readonly cloud: Cloud; readonly settings: WorkerSettings; readonly spares: number }

/** Everything that must hold when nothing is left to do. */
export async function violationsAtRest({ store, cloud, settings, spares }: Judged): Promise<string[]> {
  const faults: string[] = [...unsettled(), ...quotaFaults()];
  const expected = { servers: new Set<Server>(), ports: new Set<string>(), groups: new Set<string>(), serverGroups: new Set<string>() };
  for (const { id } of ask("select id from load_balancer where provisioning_status <> 'DELETED' order by id")) {
    const graph = await loadGraph(store.read, String(id));
    if (graph === null) continue;
    const of = (fault: string): void => void faults.push(`load balancer ${graph.id}: ${fault}`);
    expected.groups.add(graph.id);
    if (graph.vip.portId !== null) expected.ports.add(graph.vip.portId);
    if (graph.serverGroupId !== null) expected.serverGroups.add(graph.serverGroupId);
    if (graph.vip.portId === null || !cloud.ports.has(graph.vip.portId)) of('the port of the VIP is gone');
    const group = cloud.groups.get(graph.id);
    if (group?.rules !== rulesOf(graph)) of(`its security group says ${group?.rules} instead of ${rulesOf(graph)}`);
    const roles = graph.amphorae.map(({ role }) => String(role)).toSorted();
    if (roles.join() !== [...rolesOf(graph)].toSorted().join()) of(`it has the amphorae ${roles.join(' ')}`);
    for (const amphora of graph.amphorae) {
      const server = cloud.serverOf(amphora.id);
      if (server === undefined || server.id !== amphora.computeId) of(`amphora ${amphora.id} has no server, or another one`);
      if (server === undefined) continue;
      expected.servers.add(server);
      for (const port of server.ports) expected.ports.add(port);
      for (const fault of [...portFaults(cloud, { graph, amphora, server }), ...await agentFaults({ graph, amphora, agent: server.agent }, settings)]) of(`amphora ${amphora.id}: ${fault}`);
    }
  }
  const ready = ask("select id from amphora where load_balancer_id is null and status = 'READY'").map((row) => String(row['id']));
  if (ready.length !== spares) faults.push(`there are ${ready.length} spares`);
  for (const id of ready) {
    const server = cloud.serverOf(id);
    if (server === undefined) faults.push(`spare ${id} has no server`);
    else expected.servers.add(server);
  }
  for (const server of cloud.servers.values()) if (!expected.servers.has(server)) faults.push(`server ${server.id} of amphora ${server.amphoraId} was left behind`);
  for (const port of cloud.ports.values()) if (!expected.ports.has(port.id) && port.use !== 'user') faults.push(`port ${port.name} was left behind`);
  for (const id of cloud.groups.keys()) if (!expected.groups.has(id)) faults.push(`the security group of ${id} was left behind`);
  for (const [id, group] of cloud.serverGroups) if (!expected.serverGroups.has(group)) faults.push(`a server group of ${id} was left behind`);
  return faults;
}

function quotaFaults(): string[] {
  return OBJECTS.flatMap((table) => {
    const counted = Number(ask(`select coalesce(sum(in_use_${table}), 0) as n from quotas`)[0]?.['n'] ?? 0);
    const present = Number(ask(`select count(*) as n from ${table} where provisioning_status <> 'DELETED'`)[0]?.['n'] ?? 0);
    return counted === present ? [] : [`the quota counts ${counted} of ${table} instead of ${present}`];
  });
}

interface Placed { readonly graph: LoadBalancerGraph; readonly amphora: Amphora; readonly server: Server }

function portFaults(cloud: Cloud, { graph, amphora, server }: Placed): string[] {
  const { vip } = graph;
  const vrrp = cloud.ports.get(amphora.vrrpPortId ?? '');
  const faults: string[] = [];
  if (vrrp === undefined || !server.ports.has(vrrp.id)) faults.push('its port on the network of the VIP is gone or not attached');
  else if (vrrp.qosPolicyId !== vip.qosPolicyId) faults.push(`its port has the QoS policy ${vrrp.qosPolicyId} instead of ${vip.qosPolicyId}`);
  else if (cloud.groups.get(graph.id)?.ports.has(vrrp.id) !== true) faults.push('its port is guarded by no group');
  else if (!vrrp.fixedIps.some(({ ipAddress }) => ipAddress === amphora.vrrpIp)) faults.push('its row has another address than its port');
  const subnets = graph.pools.flatMap(({ members }) => members.flatMap(({ subnetId }) => (subnetId === null || subnetId === vip.subnetId ? [] : [subnetId])));
  const plugged = [...server.ports].flatMap((id) => cloud.ports.get(id) ?? []).filter(({ use }) => use === 'member').flatMap(({ fixedIps }) => fixedIps.map(({ subnetId }) => subnetId));
  const wanted = [...new Set(subnets)].toSorted();
  if (plugged.toSorted().join() !== wanted.join()) faults.push(`it is plugged into ${plugged.join(' ')} instead of ${wanted.join(' ')}`);
  const macs = [...server.ports].flatMap((id) => cloud.ports.get(id)?.macAddress ?? []);
  const unknown = macs.filter((mac) => !server.agent.networks.has(mac));
  if (unknown.length > 0) faults.push(`its agent was not told of the interfaces ${unknown.join(' ')}`);
  return faults;
}

const keys: CertManager = {
  getBundle: async (ref) => ({ id: ref, primaryCn: 'www.example.com', certificate: `certificate of ${ref}\n`, privateKey: `key of ${ref}\n`, privateKeyPassphrase: null, intermediates: [] }),
  getSecret: async (ref) => `secret of ${ref}\n`,
  grantAccess: async () => undefined,
};

interface Served { readonly graph: LoadBalancerGraph; readonly amphora: Amphora; readonly agent: Agent }

/** Whether an agent has what its load balancer asks for, all of it running and nothing else. */
async function agentFaults({ graph, amphora, agent }: Served, { haproxy }: WorkerSettings): Promise<string[]> {
  const faults: string[] = [];
  const tls = await resolveTlsMaterial(graph, keys, haproxy.baseCertDir);
  const isServed = haproxyListeners({ ...graph, listeners: graph.listeners.filter(({ id }) => !listenersWithout(tls, graph).has(id)) }).length > 0;
  const config = isServed ? renderHaproxy(graph, amphora, factsOf(agent), tls.resolved, haproxy) : undefined;
  const [running, held, wanted] = [agent.running.get(graph.id), agent.configs.get(graph.id)?.text, config].map(inAnyOrder);
  if (running !== wanted) faults.push(`its haproxy runs ${differenceOf(running, wanted)}`);
  if (held !== wanted) faults.push(`it holds another configuration than it should: ${differenceOf(held, wanted)}`);
  if ([...agent.configs.keys(), ...agent.running.keys()].some((id) => id !== graph.id)) faults.push('it serves a load balancer that is not its own');
  const lvs = new Map(graph.listeners.filter(isL4).map((listener) => [listener.id, renderLvs(graph, listener, { basePath: haproxy.basePath })]));
  for (const id of new Set([...lvs.keys(), ...agent.lvs.keys(), ...agent.runningLvs.keys()])) {
    if (agent.lvs.get(id) !== lvs.get(id) || agent.runningLvs.get(id) !== lvs.get(id)) faults.push(`UDP listener ${id}: ${differenceOf(agent.runningLvs.get(id), lvs.get(id))}`);
  }
  const files = new Map([...tls.files].map(([name, pem]) => [`${graph.id}/${name}`, { pem, atMs: 0 }]));
  const named = namedFiles({ certificates: files }, graph.id, config ?? '');
  for (const name of new Set([...named, ...agent.certificates.keys()])) {
    const wanted = files.get(name)?.pem;
    // Those of what is disabled or not used yet may be there.
    if (!named.has(name) && wanted !== undefined && !agent.certificates.has(name)) continue;
    if (agent.certificates.get(name)?.pem !== wanted) faults.push(`TLS file ${name} is ${agent.certificates.has(name) ? (wanted === undefined ? 'left' : 'another') : 'missing'}`);
  }
  if (agent.vip !== graph.vip.ipAddress) faults.push('its VIP is not plugged');
  const rules = graph.vip.vnicType === 'direct' ? interfaceRules(graph, amphora.id) : null;
  if (JSON.stringify(agent.interfaceRules) !== JSON.stringify(rules)) faults.push(`its interface lets in ${JSON.stringify(agent.interfaceRules)} instead of ${JSON.stringify(rules)}`);
  return [...faults, ...pairFaults({ graph, amphora, agent })];
}

function pairFaults({ graph, amphora, agent }: Served): string[] {
  const isPair = graph.topology === 'ACTIVE_STANDBY';
  const faults: string[] = [];
  if (factsOf(agent).topology !== graph.topology) faults.push('its agent was configured for another topology');
  if (!isPair) return faults;
  if (agent.runningVrrp === null) faults.push('its keepalived does not run');
  if (agent.runningVrrp !== agent.vrrp) faults.push('its keepalived runs another configuration than it holds');
  for (const { id, vrrpIp } of graph.amphorae) {
    if (vrrpIp !== null && agent.runningVrrp?.includes(vrrpIp) !== true) faults.push(`its keepalived does not know ${id === amphora.id ? 'itself' : 'its peer'}`);
  }
  return faults;
}

/** Which peer stands first says nothing. */
function inAnyOrder(config: string | undefined): string | undefined {
  const isPeer = (line: string): boolean => /^\s*peer /.test(line);
  const lines = config?.split('\n');
  return lines && [...lines.filter((line) => !isPeer(line)), ...lines.filter(isPeer).toSorted()].join('\n');
}

function differenceOf(found: string | undefined, wanted: string | undefined): string {
  if (found === undefined || wanted === undefined) return `${found === undefined ? 'nothing' : 'something'} instead of ${wanted === undefined ? 'nothing' : 'something'}`;
  const [one, other] = [found.split('\n'), wanted.split('\n')];
  const index = one.findIndex((line, at) => line !== other[at]);
  return `"${one[index]?.trim()}" instead of "${other[index]?.trim()}" in line ${index}`;
}
