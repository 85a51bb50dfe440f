import { OctaviaError } from '../../../lib/errors.ts';
import type { InterfaceRuleBody } from '../../protocol/agent-api.ts';
import type { AmphoraPaths } from '../amphora-paths.ts';
import { readTextOrNull, replaceFile } from '../../../lib/replace-file.ts';
import type { World } from '../world.ts';
import { familyOf } from './interface-file.ts';

interface RulesContext { readonly world: World; readonly paths: AmphoraPaths }

/** Rules that are not what the interface promises. */
export class InvalidInterfaceRules extends OctaviaError {
  constructor() {
    super('invalid-interface-rules', 'Invalid rules information');
  }
}

/** Body of PUT interface/{ip}/rules: all three members, nothing else. Throws InvalidInterfaceRules. */
export function parseInterfaceRules(body: unknown): InterfaceRuleBody[] {
  if (!Array.isArray(body)) throw new InvalidInterfaceRules();
  return body.map(parseRule);
}

/**
 * nftables policy of an interface without port security (contracts section 10): everything is dropped but what the rules
 * allow. Without rules only ICMP and DHCP pass.
 */
export function renderRules(vipInterface: string, rules: readonly InterfaceRuleBody[] | null): string {
  const always = [
    'icmp type destination-unreachable accept',
    'icmpv6 type { nd-neighbor-solicit, nd-router-advert, nd-neighbor-advert, packet-too-big, destination-unreachable } accept',
    'udp sport 67 udp dport 68 accept',
    'udp sport 547 udp dport 546 accept',
  ];
  const returning = ['ct state vmap { established : accept, related : accept, invalid : drop }', 'iif lo accept', 'ip saddr 127.0.0.0/8 drop', 'ip6 saddr ::1 drop'];
  // TCP of the other interfaces is not tracked: answers of members are told by their flags.
  const untracked = `iifname != ${vipInterface} ct state untracked tcp flags & (syn | ack) != syn accept`;
  const input = rules === null ? always : [...returning, untracked, ...always, `iifname ${vipInterface} goto amphora_vip_chain`];
  return [
    // Make, then delete: the load stays atomic whether or not the table was there.
    'table inet amphora_table {}',
    'delete table inet amphora_table',
    'table inet amphora_table {',
    '  chain amphora_chain {',
    '    type filter hook input priority filter; policy drop;',
    ...input.map((line) => `      ${line}`),
    '  }',
    ...(rules === null ? [] : ['  chain amphora_vip_chain {', ...rules.map((rule) => `      ${ruleLine(rule)}`), '  }']),
    '}',
    '',
  ].join('\n');
}

/** Closes an interface without port security until its rules arrive; rules from before a reboot are loaded again. */
export async function ensureBaseRules(context: RulesContext): Promise<void> {
  const file = context.paths.onHost(context.paths.nftablesVipRules);
  if ((await readTextOrNull(file)) === null) await replaceFile(file, renderRules('eth1', null), 0o600);
  await load(context);
}

export async function setRules(context: RulesContext, vipInterface: string, rules: readonly InterfaceRuleBody[]): Promise<void> {
  await replaceFile(context.paths.onHost(context.paths.nftablesVipRules), renderRules(vipInterface, rules), 0o600);
  await load(context);
}

/** As they are: nft's optimiser makes sets of them which the kernel refuses when networks overlap. */
async function load({ world, paths }: RulesContext): Promise<void> {
  await world.runInNetwork(['nft', '-f', paths.onHost(paths.nftablesVipRules)]);
}

function parseRule(value: unknown): InterfaceRuleBody {
  if (typeof value !== 'object' || value === null) throw new InvalidInterfaceRules();
  const rule = new Map(Object.entries(value));
  const [protocol, cidr, port] = [rule.get('protocol'), rule.get('cidr'), rule.get('port')];
  if (rule.size !== 3 || !(protocol === 'TCP' || protocol === 'UDP' || protocol === 'SCTP' || protocol === 'VRRP')) throw new InvalidInterfaceRules();
  if (!(cidr === null || (typeof cidr === 'string' && isCidr(cidr)))) throw new InvalidInterfaceRules();
  if (typeof port !== 'number' || !Number.isInteger(port) || port < 1 || port > 65535) throw new InvalidInterfaceRules();
  return { protocol, cidr, port };
}

function isCidr(text: string): boolean {
  const [address = '', prefix = '0', ...rest] = text.split('/');
  try {
    return rest.length === 0 && /^\d{1,3}$/.test(prefix) && Number(prefix) <= (familyOf(address) === 6 ? 128 : 32);
  } catch (error) {
    if (error instanceof OctaviaError) return false;
    throw error;
  }
}

function ruleLine({ protocol, cidr, port }: InterfaceRuleBody): string {
  const source = !cidr || cidr === '0.0.0.0/0' ? '' : `${cidr.includes(':') ? 'ip6' : 'ip'} saddr ${cidr} `;
  return protocol === 'VRRP' ? `${source}meta l4proto 112 accept` : `${source}${protocol.toLowerCase()} dport ${port} accept`;
}
