import type { L4Member, L4Service } from '../../l4/l4-service.ts';
import type { L4Report } from './l4-engine.ts';

/** Heartbeat report of a listener that nftables serves. `counters` is `nft -j list counters` of its table, null without one. */
export function nftablesReport(service: L4Service, down: ReadonlySet<string>, flows: ReadonlyMap<string, number>, counters: string | null): L4Report {
  const values = counters === null ? new Map<string, Counter>() : readCounters(counters);
  const { pool } = service;
  return {
    listener: {
      status: 'OPEN',
      stats: {
        rx: values.get('received')?.bytes ?? 0, tx: values.get('sent')?.bytes ?? 0, totconns: values.get('flows')?.packets ?? 0, ereq: 0,
        conns: [...flows.values()].reduce((sum, count) => sum + count, 0),
      },
    },
    pool: pool?.isEnabled
      ? {
        id: pool.id,
        report: {
          status: pool.members.length > 0 && pool.members.every((member) => down.has(member.id)) ? 'DOWN' : 'UP',
          members: Object.fromEntries([
            ...pool.members.map((member) => [member.id, statusOf(member, down)]),
            ...pool.disabledMemberIds.map((id) => [id, 'MAINT']),
          ]),
        },
      }
      : null,
  };
}

interface Counter { readonly packets: number; readonly bytes: number }

function statusOf(member: L4Member, down: ReadonlySet<string>): string {
  if (down.has(member.id)) return 'DOWN';
  if (member.weight === 0) return 'DRAIN';
  return member.check === null ? 'no check' : 'UP';
}

function readCounters(text: string): Map<string, Counter> {
  const parsed = JSON.parse(text) as { nftables?: { counter?: { name: string; packets: number; bytes: number } }[] };
  return new Map((parsed.nftables ?? []).flatMap(({ counter }) => (counter ? [[counter.name, counter] as const] : [])));
}
