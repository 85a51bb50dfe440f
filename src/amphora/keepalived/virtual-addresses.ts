import { isIP } from 'node:net';

const BLOCK = /\bvirtual_ipaddress(?:_excluded)?\s*\{([^}]*)\}/g;

/** Addresses that keepalived sets while its node is the active one, of any configuration of ours or the original's. */
export function virtualAddresses(config: string): string[] {
  const lines = [...config.matchAll(BLOCK)].flatMap(([, block = '']) => block.split('\n'));
  return lines.map((line) => line.trim().split(/[\s/]/, 1)[0] ?? '').filter((word) => isIP(word) !== 0);
}
