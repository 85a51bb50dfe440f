import { isIPv4 } from 'node:net';
import type { L4Member, L4Service } from './l4-service.ts';

/**
 * Argument lists for `conntrack` that end flows pinned to members which left or went down: without it a client that
 * keeps sending stays on the dead member for as long as it sends (limits.md). Exit status 1 only means "none found".
 * Other listeners may send to the same member: only flows that came to this one's addresses are named.
 */
export function flowsToForget(before: L4Service, beforeDown: ReadonlySet<string>, after: L4Service, afterDown: ReadonlySet<string>): readonly (readonly string[])[] {
  const left = new Set(reachable(before, beforeDown).map(endpoint));
  for (const member of reachable(after, afterDown)) left.delete(endpoint(member));
  return [...left].flatMap((text) => {
    const [address = '', port = ''] = text.split(' ');
    return before.vips.filter((vip) => isIPv4(vip.address) === isIPv4(address)).map((vip) => [
      '-D', '-f', isIPv4(address) ? 'ipv4' : 'ipv6', '-p', before.protocol.toLowerCase(),
      '--orig-dst', vip.address, '--orig-port-dst', String(vip.port), '--reply-src', address, '--reply-port-src', port,
    ]);
  });
}

function reachable(service: L4Service, down: ReadonlySet<string>): readonly L4Member[] {
  if (!service.isEnabled || !service.pool?.isEnabled) return [];
  return service.pool.members.filter((member) => !down.has(member.id));
}

function endpoint(member: L4Member): string {
  return `${member.address} ${member.port}`;
}
