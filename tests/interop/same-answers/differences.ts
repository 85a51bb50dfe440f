import { isDeepStrictEqual } from 'node:util';
import type { Comparable } from './comparable.ts';

/** A deliberate difference: why, and which answers show it. */
interface Deliberate {
  readonly reason: string;
  readonly applies: (name: string, ours: Comparable, original: Comparable) => boolean;
}

const isRouterError = ({ body }: Comparable) => typeof body === 'object' && body !== null && 'description' in body;
const isText = ({ body }: Comparable) => typeof body === 'string' && body !== '';
const isDiscovery = (name: string) => /^\w+ \/?(?: with .*)?$/.test(name);
const faultOf = ({ body }: Comparable) => (typeof body === 'object' && body !== null && 'faultstring' in body ? String(body.faultstring) : '');

/** True when the answers are equal without these keys, wherever they are. */
const differOnlyIn = (keys: readonly string[], ours: Comparable, original: Comparable) => isDeepStrictEqual(without(keys, ours), without(keys, original));

function without(keys: readonly string[], value: unknown): unknown {
  if (Array.isArray(value)) return value.map((item) => without(keys, item));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).filter(([key]) => !keys.includes(key)).map(([key, item]) => [key, without(keys, item)]));
}

/** Everything in which our answers differ on purpose; docs/decisions/0003 says more about some. */
export const DELIBERATE: readonly Deliberate[] = [
  { reason: 'what the original fails on by accident is answered, or refused with its reason', applies: (_name, ours, original) => original.status === 500 && ours.status < 500 },
  { reason: 'discovery names the newer versions, and answers every Accept header', applies: (name, ours) => isDiscovery(name) && ours.status === 200 },
  { reason: 'discovery and the health check are read only', applies: (name, ours, original) => (isDiscovery(name) || /^\w+ \/healthcheck/.test(name)) && ours.status === 404 && original.status === 200 },
  { reason: 'errors of the router say what is wrong', applies: (_name, ours, original) => ours.status === original.status && isRouterError(ours) && (isRouterError(original) || isText(original)) },
  { reason: 'there is JSON only: neither XML nor HTML', applies: (_name, ours, original) => [200, 404, 406].includes(ours.status) && (isText(original) || (ours.status === 406 && original.status < 300)) },
  { reason: 'a path that leads nowhere is not found', applies: (name, ours, original) => ours.status === 404 && isRouterError(ours) && (original.status === 405 || (original.status === 200 && (name.endsWith('/nothing') || name.endsWith('/other')))) },
  { reason: 'a method that a path does not have is not allowed', applies: (_name, ours, original) => ours.status === 405 && (faultOf(original).includes('unable to convert to') || original.status === 200) },
  { reason: 'a second slash at the end is tolerated, and so is the prefix /load-balancer', applies: (name, ours) => ours.status === 200 && (name.endsWith('//') || name.includes(' /load-balancer/')) },
  { reason: 'a quota holds for L7 policies and rules inside a whole load balancer too, as upstream does since', applies: (name, ours, original) => /^quota l7\w+ met inside a whole load balancer$/.test(name) && ours.status === 403 && original.status === 201 },
  { reason: 'a field that is no number, boolean, list or object is named by its own name', applies: (_name, ours, original) => ours.status === 400 && /invalid literal for int\(\)|could not convert string to float|not an unambiguous boolean|not a valid (?:list|dict)/.test(faultOf(original)) },
  { reason: 'an unknown root of a quota is named', applies: (_name, ours, original) => faultOf(ours).startsWith('Unknown attribute for argument quotas') && faultOf(original).includes('unable to convert to QuotaPUT') },
  { reason: 'a body beyond max_request_body_size is refused, as upstream does since', applies: (_name, ours) => ours.status === 413 },
  { reason: 'NaN is no JSON', applies: (name, ours) => name.includes('NaN') && ours.status === 400 },
  { reason: 'JSON is read whatever its type is called', applies: (name, ours, original) => name.includes('content-type') && (ours.status < 300 || ours.status === original.status) },
  { reason: 'what lies in a field without a place in the table cannot be a filter', applies: (_name, ours, original) => ours.status === 400 && original.status === 200 && faultOf(ours).startsWith('One or more arguments') },
  { reason: 'true and false are read in every filter', applies: (name, ours, original) => /\?(?:tls_enabled|backup|invert)=true$/.test(name) && ours.status === 200 && original.status === 200 },
  { reason: 'a fraction is found by what is shown of it', applies: (name, ours, original) => name.endsWith('/healthmonitors?http_version=1.1') && ours.status === 200 && original.status === 200 },
  { reason: 'lists of quotas and availability zones link to their next page', applies: (_name, _ours, original) => JSON.stringify(original.body).includes('marker=None') },
  { reason: 'what a list is sorted by can be the id of a parent or of a health monitor', applies: (name, ours) => /sort=(?:loadbalancer_id|healthmonitor_id)$/.test(name) && ours.status === 200 },
  { reason: 'zones that are equal otherwise come by name', applies: (name) => name.startsWith('GET /lbaas/availabilityzones?sort=enabled') },
  { reason: 'tenant_id can be chosen', applies: (name) => name.endsWith('fields=tenant_id') },
  { reason: 'the settings of a zone are called availability_zone_data when they are changed, too', applies: (_name, ours, original) => faultOf(original).endsWith('is not a valid option for flavor_data') && faultOf(ours).endsWith('is not a valid option for availability_zone_data') },
  { reason: 'null for what is mandatory is called missing', applies: (_name, ours, original) => faultOf(ours).endsWith('Mandatory field missing.') && [400, 404].includes(original.status) },
  { reason: 'a number is quoted as it came', applies: (name, ours, original) => name.includes('http_version') && ours.status === 400 && faultOf(ours).replaceAll(/Value: '.*?'/g, '') === faultOf(original).replaceAll(/Value: '.*?'/g, '') },
  { reason: 'flavors and zones have the newer settings', applies: (name) => /_capabilities/.test(name) || /(?:sriov_vip|volume_zone)/.test(name) },
  { reason: 'timeouts of persistence are for SCTP too, which an update does not say', applies: (_name, ours, original) => faultOf(ours).replace(' and SCTP', '') === faultOf(original) && faultOf(original).includes('persistence_timeout') },
  { reason: 'bad certificates are listed, whoever finds them', applies: (_name, ours, original) => faultOf(ours).replace(/\['(.*)'\]$/, '$1') === faultOf(original) && faultOf(original).startsWith('Could not retrieve certificate') },
  { reason: 'null is no text in a list or map, and a number is no CIDR', applies: (name, ours, original) => /\[null\]|"insert_headers":\{"[\w-]+":null|"allowed_cidrs":\[5\]/.test(name) && ours.status === 400 && original.status < 300 },
  { reason: 'a rule is found below its own policy only', applies: (name, ours, original) => name.includes('/rules/$rule-') && ours.status === 404 && /^L7 Rule .* not found/.test(faultOf(ours)) && original.status < 300 },
  { reason: 'a pool and its listener belong to one load balancer', applies: (_name, ours, original) => /^Listener .* not found/.test(faultOf(ours)) && original.status === 201 },
  { reason: 'a body that nothing is read from is not read', applies: (name, ours, original) => name.includes('/failover ') && ours.status === 202 && original.status === 400 },
  { reason: 'what is no text is called so, not in the words of a library', applies: (_name, ours, original) => ours.status === 400 && faultOf(original).includes('expected string or bytes-like object') },
  { reason: 'a policy that rejects has no target and no code', applies: (name, ours, original) => name.includes('"action":"REJECT"') && ours.status === 201 && original.status === 201 },
  { reason: 'nothing is said about a pool of another load balancer', applies: (_name, ours, original) => /^Pool .* not found/.test(faultOf(ours)) && faultOf(original).includes('The pool protocol') },
  { reason: 'null for a weight or limit is its default', applies: (name, ours, original) => /null weight|"(?:weight|connection_limit)":null/.test(name) && differOnlyIn(['weight', 'connection_limit'], ours, original) },
  { reason: 'nothing can be done to a busy load balancer, too', applies: (name, ours, original) => name.endsWith('{"members":[]}') && ours.status === 202 && original.status === 409 },
  { reason: 'HEAD is answered like GET', applies: (name, ours) => name.startsWith('HEAD ') && ours.status === 200 },
  { reason: 'null for a flavor or zone is as if left out', applies: (name, ours) => /"(?:flavor_id|availability_zone)":null/.test(name) && ours.status === 201 },
  { reason: 'what a list names twice is one', applies: (name, ours) => /\["(?:a","a|server","server)"\]/.test(name) && ours.status === 201 },
  { reason: 'a busy load balancer is said to be busy before its children are counted', applies: (_name, ours, original) => faultOf(ours).startsWith('Invalid state PENDING') && faultOf(original).endsWith('it has children') },
  { reason: 'bad headers are quoted as a list everywhere', applies: (_name, ours, original) => faultOf(original) === `dict_keys(${faultOf(ours).replace(' is not', ') is not')}` },
  { reason: 'listeners insert the newer headers, as upstream does since', applies: (name, ours) => /"X-(?:Forwarded-IP|Client-IP|Real-IP)"/.test(name) && ours.status < 300 },
  { reason: 'a listener that ends no TLS takes no client CA, new or changed', applies: (name, ours, original) => name.startsWith('PUT') && /references are not allowed|does not support TLS/.test(faultOf(ours)) && (original.status === 200 || faultOf(original).includes('The CRL specified')) },
  { reason: 'null for client authentication is NONE', applies: (name, ours, original) => name.includes('"client_authentication":null') && ours.status < 300 && original.status === 400 },
  { reason: 'a CIDR is held against all VIPs, and the answer says so, as upstream does since', applies: (_name, ours, original) => faultOf(ours).includes('incompatible with all VIPs') && faultOf(original).includes('incompatible with VIP ') },
  { reason: 'children of a whole load balancer obey the rules that they obey by themselves', applies: (name, ours, original) => /^POST \/lbaas\/loadbalancers .*"listeners":\[/.test(name) && [400, 404, 501].includes(ours.status) && original.status === 201 },
  { reason: 'project_id counts before its old name', applies: (name, ours, original) => name.includes('"tenant_id"') && differOnlyIn(['project_id', 'tenant_id'], ours, original) },
  { reason: 'a whole create shows its health monitors, and what is new has not been updated', applies: (name, ours, original) => /^POST .*"(?:default_pool|default_pool_id|healthmonitor)"/.test(name) && ours.status === 201 && differOnlyIn(['healthmonitor', 'updated_at'], ours, original) },
  { reason: 'digits of other scripts are none that haproxy reads', applies: (name) => name.includes('"SSL_VERIFY_RESULT"') && name.includes('٣') },
  { reason: 'a missing root is named', applies: (_name, ours) => faultOf(ours) === 'Missing argument: "rule"' },
];

/** The reason for a difference, or null when there is none. */
export function reasonFor(name: string, ours: Comparable, original: Comparable): string | null {
  return DELIBERATE.find(({ applies }) => applies(name, ours, original))?.reason ?? null;
}
