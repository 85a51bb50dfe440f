/** A floating IP that is associated with a port. IPv4 only, as in Neutron. */
export interface FloatingMapping {
  readonly floatingIp: string;
  readonly fixedIp: string;
  /** CIDR of the port's subnet. */
  readonly subnetCidr: string;
  /** Bridge of the external network. */
  readonly externalBridge: string;
}

const TABLE = 'ip octavia_fip';

/** nft script that replaces the host's floating-IP table; with no mapping the table is removed, and with it connection tracking. */
export function renderFloatingNat(mappings: readonly FloatingMapping[]): string {
  const clear = [`table ${TABLE}`, `delete table ${TABLE}`];
  if (mappings.length === 0) return `${clear.join('\n')}\n`;
  const elements = mappings.map((mapping) => `${mapping.floatingIp} : ${mapping.fixedIp}`).join(', ');
  return `${[
    ...clear,
    `table ${TABLE} {`,
    `  map fixed { type ipv4_addr : ipv4_addr; elements = { ${elements} }; }`,
    '  chain prerouting { type nat hook prerouting priority dstnat; policy accept; dnat to ip daddr map @fixed; }',
    // The host's own connections (curl from a shell) never pass prerouting.
    '  chain output { type nat hook output priority -100; policy accept; dnat to ip daddr map @fixed; }',
    '  chain postrouting {',
    '    type nat hook postrouting priority srcnat; policy accept;',
    ...mappings.flatMap((mapping) => [
      // A neighbour of the port would be answered directly, from an address it never asked: the answer must come back through here.
      `    ct status dnat ip daddr ${mapping.fixedIp} ip saddr ${mapping.subnetCidr} masquerade`,
      `    ip saddr ${mapping.fixedIp} oifname "${mapping.externalBridge}" snat to ${mapping.floatingIp}`,
    ]),
    '  }',
    '}',
  ].join('\n')}\n`;
}
