import { parseLvs } from '../../l4/parse-lvs.ts';
import type { L4Member, L4Pool, L4Protocol } from '../../l4/l4-service.ts';
import { normalAddress } from '../interfaces/plan-interface.ts';
import type { L4Report } from './l4-engine.ts';

export interface LvsFacts {
  /** The listener's keepalived configuration. */
  readonly config: string;
  /** Output of `ipvsadm -Ln` and of `ipvsadm -Ln --stats --exact`. */
  readonly listing: string;
  readonly counters: string;
  /** The configuration has changed and its checker has not read it yet. */
  readonly isRestarting: boolean;
}

/** Heartbeat report of a listener that IP_VS serves; null when it is disabled. Members that keepalived took out are down. */
export function reportLvs(facts: LvsFacts): L4Report | null {
  const service = parseLvs(facts.config);
  if (!service.isEnabled) return null;
  const endpoints = new Set(service.vips.map((vip) => endpoint(vip.address, vip.port)));
  const present = serverLines(facts.listing, service.protocol, endpoints);
  const counted = virtualLines(facts.counters, service.protocol, endpoints);
  const sum = (column: number): number => counted.reduce((total, fields) => total + Number(fields[column] ?? 0), 0);
  return {
    listener: {
      status: 'OPEN',
      stats: { totconns: sum(2), rx: sum(5), tx: sum(6), ereq: 0, conns: present.reduce((total, server) => total + server.active, 0) },
    },
    pool: service.pool && { id: service.pool.id, report: poolReport(service.pool, present, facts.isRestarting) },
  };
}

interface ServerLine { readonly endpoint: string; readonly weight: number; readonly active: number }

function poolReport(pool: L4Pool, present: readonly ServerLine[], isRestarting: boolean): { status: 'UP' | 'DOWN'; members: Record<string, string> } {
  const hasMonitor = pool.members.some((member) => member.check !== null);
  const status = (member: L4Member): string => {
    const server = present.find((line) => line.endpoint === endpoint(member.address, member.port));
    if (!server) return hasMonitor || present.length > 0 ? (isRestarting ? 'RESTARTING' : 'DOWN') : 'no check';
    if (server.weight === 0) return 'DRAIN';
    return hasMonitor ? 'UP' : 'no check';
  };
  return {
    status: present.length === 0 && hasMonitor ? 'DOWN' : 'UP',
    members: Object.fromEntries([...pool.members.map((member) => [member.id, status(member)]), ...pool.disabledMemberIds.map((id) => [id, 'MAINT'])]),
  };
}

/** `-> address:port Forward Weight ActiveConn InActConn` below one of the listener's addresses, which the other protocol may use as well. */
function serverLines(listing: string, protocol: L4Protocol, endpoints: ReadonlySet<string>): ServerLine[] {
  const lines: ServerLine[] = [];
  let isOurs = false;
  for (const fields of fieldsOf(listing)) {
    if (fields[0] === 'UDP' || fields[0] === 'SCTP') isOurs = fields[0] === protocol && endpoints.has(normalEndpoint(fields[1] ?? ''));
    else if (isOurs && fields[0] === '->') lines.push({ endpoint: normalEndpoint(fields[1] ?? ''), weight: Number(fields[3]), active: Number(fields[4]) });
  }
  return lines;
}

/** `UDP address:port Conns InPkts OutPkts InBytes OutBytes`. */
function virtualLines(counters: string, protocol: L4Protocol, endpoints: ReadonlySet<string>): string[][] {
  return fieldsOf(counters).filter((fields) => fields[0] === protocol && endpoints.has(normalEndpoint(fields[1] ?? '')));
}

function fieldsOf(text: string): string[][] {
  return text.split('\n').map((line) => line.trim().split(/\s+/));
}

function endpoint(address: string, port: number): string {
  return `${normalAddress(address)} ${port}`;
}

function normalEndpoint(text: string): string {
  const match = /^\[?([^\]]*)\]?:(\d+)$/.exec(text);
  return match ? endpoint(match[1] ?? '', Number(match[2])) : text;
}
