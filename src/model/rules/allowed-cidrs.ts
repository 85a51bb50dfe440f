import type { Listener } from '../graph.ts';
import { parseCidr, parseIp } from '../ip.ts';
import { validationFailure } from '../violation.ts';

/** Each CIDR needs a VIP address of its own family; security groups of the user's replace CIDRs altogether. */
export function checkAllowedCidrs(cidrs: readonly string[] | null | undefined, vip: { readonly addresses: readonly string[]; readonly hasSecurityGroups: boolean }): void {
  if (!cidrs || cidrs.length === 0) return;
  if (vip.hasSecurityGroups) throw validationFailure('Allowed CIDRs are not allowed when using custom VIP Security Groups.');
  const families = new Set(vip.addresses.map((address) => parseIp(address)?.version));
  const misfit = cidrs.find((cidr) => !families.has(parseCidr(cidr)?.version));
  if (misfit === undefined) return;
  const vips = `[${vip.addresses.map((address) => `'${address}'`).join(', ')}]`;
  throw validationFailure(`CIDR ${misfit} IP version incompatible with all VIPs ${vips} IP version.`);
}

/** The other way round: groups of the user's would leave CIDRs without any effect. Listeners that are going do not count. */
export function checkNoAllowedCidrs(listeners: readonly Pick<Listener, 'id' | 'allowedCidrs' | 'provisioningStatus'>[]): void {
  const restricted = listeners.filter(({ allowedCidrs, provisioningStatus }) => allowedCidrs.length > 0 && provisioningStatus !== 'PENDING_DELETE');
  if (restricted.length === 0) return;
  throw validationFailure(`VIP Security Groups are not allowed while listeners have Allowed CIDRs: ${restricted.map(({ id }) => id).join(', ')}`);
}
