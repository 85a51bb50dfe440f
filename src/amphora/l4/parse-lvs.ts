import { isIP, isIPv4 } from 'node:net';
import { readBlocks } from './keepalived-blocks.ts';
import type { Block } from './keepalived-blocks.ts';
import { L4ConfigRejected } from './l4-service.ts';
import type { L4Algorithm, L4Check, L4Member, L4Persistence, L4Pool, L4Protocol, L4Service, L4Vip } from './l4-service.ts';

/**
 * Reads octavia-keepalivedlvs-<listener>.conf, ours or one that the Python original rendered. Throws L4ConfigRejected
 * when the file is damaged or uses what neither writes (other schedulers, forwarding methods, protocols).
 */
export function parseLvs(text: string): L4Service {
  const root = readBlocks(text);
  const loadBalancerId = idOf(root, 'Configuration for Loadbalancer') ?? '';
  const enabledId = idOf(root, 'Configuration for Listener');
  const listenerId = enabledId ?? disabledIdsOf(root, 'Listener')[0];
  if (listenerId === undefined) throw new L4ConfigRejected('no listener is named');
  const servers = root.blocks.filter((block) => block.words[0] === 'virtual_server');
  const vips = root.blocks.filter((block) => block.words[0] === 'virtual_server_group').flatMap(readVips);
  return {
    loadBalancerId, listenerId, isEnabled: enabledId !== undefined, protocol: protocolOf(servers), vips,
    pool: readPool(servers),
  };
}

function readVips(group: Block): L4Vip[] {
  return group.lines.map(([address = '', port = '']) => ({ address: addressOf(address), port: numberOf(port, 'a port') }));
}

/** The families' virtual servers describe one pool; their members are put together. */
function readPool(servers: readonly Block[]): L4Pool | null {
  const [first] = servers;
  if (!first) return null;
  const disabledId = disabledIdsOf(first, 'Pool')[0];
  const id = idOf(first, 'Configuration for Pool') ?? disabledId;
  if (id === undefined) return null;
  for (const server of servers) {
    if (valueOf(server, 'lb_kind') !== 'NAT') throw new L4ConfigRejected(`lb_kind ${valueOf(server, 'lb_kind')} is not NAT`);
  }
  const interval = valueOf(first, 'delay_loop');
  const retry = valueOf(first, 'retry');
  return {
    id, isEnabled: disabledId === undefined, algorithm: algorithmOf(valueOf(first, 'lb_algo')), persistence: readPersistence(servers),
    monitorId: idOf(first, 'Configuration for HealthMonitor') ?? null,
    checkIntervalSeconds: interval === undefined ? null : numberOf(interval, 'a delay'),
    failuresUntilDown: retry === undefined ? null : numberOf(retry, 'a retry count'),
    members: servers.flatMap(readMembers),
    disabledMemberIds: servers.flatMap((server) => disabledIdsOf(server, 'Member')),
  };
}

function readMembers(server: Block): L4Member[] {
  return server.blocks.filter((block) => block.words[0] === 'real_server').map((block) => {
    const [, address = '', port = ''] = block.words;
    // The member's comment is the last one before its block.
    const id = idIn(block.commentsBefore.findLast((comment) => comment.startsWith('Configuration for Member ')) ?? '');
    if (id === undefined) throw new L4ConfigRejected(`real_server ${address} has no member id`);
    const limit = valueOf(block, 'uthreshold');
    return {
      id, address: addressOf(address), port: numberOf(port, 'a port'), weight: numberOf(valueOf(block, 'weight') ?? '1', 'a weight'),
      connectionLimit: limit === undefined ? null : numberOf(limit, 'a limit'), check: readCheck(block),
    };
  });
}

function readCheck(member: Block): L4Check | null {
  const check = member.blocks.find((block) => /^(MISC_CHECK|HTTP_GET|TCP_CHECK)$/.test(block.words[0] ?? ''));
  if (!check) return null;
  if (check.words[0] === 'MISC_CHECK') return readScriptCheck(check);
  const target = {
    address: addressOf(valueOf(check, 'connect_ip') ?? member.words[1] ?? ''),
    port: numberOf(valueOf(check, 'connect_port') ?? member.words[2] ?? '', 'a port'),
    timeoutSeconds: numberOf(valueOf(check, 'connect_timeout') ?? '5', 'a timeout'),
  };
  if (check.words[0] === 'TCP_CHECK') return { kind: 'tcp', ...target };
  const urls = check.blocks.filter((block) => block.words[0] === 'url');
  return {
    kind: 'http', ...target, path: (urls[0] && valueOf(urls[0], 'path')) ?? '/',
    // The original writes a block for each code.
    statusCodes: urls.flatMap((url) => statusCodesOf(url)),
  };
}

function statusCodesOf(url: Block): number[] {
  const codes = url.lines.filter(([keyword]) => keyword === 'status_code').flatMap(([, ...values]) => values);
  return (codes.length === 0 ? ['200'] : codes).map((code) => numberOf(code, 'a status code'));
}

function readScriptCheck(check: Block): L4Check {
  const command = (valueOf(check, 'misc_path') ?? '').split(/\s+/);
  const [address = '', port = ''] = command.slice(-2);
  const isSctp = command[0] === 'amphora-health-checker' && command[1] === 'sctp';
  if (!isSctp && !command[0]?.endsWith('/udp_check.sh')) throw new L4ConfigRejected(`unknown check ${command[0]}`);
  const timeoutSeconds = numberOf(valueOf(check, 'misc_timeout') ?? '5', 'a timeout');
  // The script of an SCTP check gets one second less than keepalived gives it.
  return { kind: isSctp ? 'sctp' : 'udp', address: addressOf(address), port: numberOf(port, 'a port'), timeoutSeconds: isSctp ? timeoutSeconds - 1 : timeoutSeconds };
}

function readPersistence(servers: readonly Block[]): L4Persistence | null {
  const timeout = servers.map((server) => valueOf(server, 'persistence_timeout')).find((value) => value !== undefined);
  if (timeout === undefined) return null;
  const granularities = servers.map((server) => valueOf(server, 'persistence_granularity')).filter((value) => value !== undefined);
  return {
    timeoutSeconds: numberOf(timeout, 'a timeout'),
    prefix4: prefixOfMask(granularities.find((value) => isIPv4(value)) ?? '255.255.255.255'),
    prefix6: numberOf(granularities.find((value) => /^\d+$/.test(value)) ?? '128', 'a prefix length'),
  };
}

/** Length of a netmask. The API takes any address for one: where it is none, one address is one client, as for IPv6. */
function prefixOfMask(mask: string): number {
  const bits = mask.split('.').map((part) => Number(part).toString(2).padStart(8, '0')).join('');
  if (!/^1*0*$/.test(bits)) return 32;
  return bits.replaceAll('0', '').length;
}

function protocolOf(servers: readonly Block[]): L4Protocol {
  const protocol = servers[0] ? valueOf(servers[0], 'protocol') : 'UDP';
  if (protocol !== 'UDP' && protocol !== 'SCTP') throw new L4ConfigRejected(`protocol ${protocol} is neither UDP nor SCTP`);
  return protocol;
}

function algorithmOf(name: string | undefined): L4Algorithm {
  if (name !== 'wrr' && name !== 'lc' && name !== 'sh') throw new L4ConfigRejected(`scheduler ${name} is not supported`);
  return name;
}

const ID = /\b[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\b/;

function idIn(text: string): string | undefined {
  return ID.exec(text)?.[0];
}

function idOf(block: Block, prefix: string): string | undefined {
  return idIn(block.comments.find((comment) => comment.startsWith(`${prefix} `)) ?? '');
}

function disabledIdsOf(block: Block, kind: string): string[] {
  return block.comments.filter((comment) => comment.startsWith(`${kind} `) && comment.endsWith(' is disabled'))
    .map(idIn).filter((id) => id !== undefined);
}

function valueOf(block: Block, keyword: string): string | undefined {
  return block.lines.find(([first]) => first === keyword)?.slice(1).join(' ');
}

function addressOf(text: string): string {
  if (isIP(text) === 0) throw new L4ConfigRejected(`${JSON.stringify(text)} is not an address`);
  return text;
}

function numberOf(text: string, what: string): number {
  if (!/^\d{1,10}$/.test(text)) throw new L4ConfigRejected(`${JSON.stringify(text)} is not ${what}`);
  return Number(text);
}
