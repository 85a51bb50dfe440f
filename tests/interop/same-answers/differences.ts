import type { Answered } from './exchange.ts';

/** A deliberate difference: why, and which answers show it. */
interface Deliberate {
  readonly reason: string;
  readonly applies: (name: string, ours: Answered, original: Answered) => boolean;
}

const isRouterError = ({ body }: Answered) => typeof body === 'object' && body !== null && 'description' in body;
const isText = ({ body }: Answered) => typeof body === 'string' && body !== '';
const isDiscovery = (name: string) => /^\w+ \/?(?: with .*)?$/.test(name);
const faultOf = ({ body }: Answered) => (typeof body === 'object' && body !== null && 'faultstring' in body ? String(body.faultstring) : '');

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
  { reason: 'an unreadable content type is unsupported like the others', applies: (_name, ours, original) => ours.status === 415 && original.status === 415 },
  { reason: 'what lies in a field without a place in the table cannot be a filter', applies: (_name, ours, original) => ours.status === 400 && original.status === 200 && faultOf(ours).startsWith('One or more arguments') },
  { reason: 'true and false are read in every filter', applies: (name, ours, original) => /\?(?:tls_enabled|backup|invert)=true$/.test(name) && ours.status === 200 && original.status === 200 },
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
  { reason: 'null is no text in a list', applies: (name, ours) => name.includes('[null]') && ours.status === 400 },
  { reason: 'a pool and its listener belong to one load balancer', applies: (_name, ours, original) => /^Listener .* not found/.test(faultOf(ours)) && original.status === 201 },
  { reason: 'a body that nothing is read from is not read', applies: (name, ours, original) => name.includes('/failover ') && ours.status === 202 && original.status === 400 },
  { reason: 'what is no text is called so, not in the words of a library', applies: (_name, ours, original) => ours.status === 400 && faultOf(original).includes('expected string or bytes-like object') },
  { reason: 'a policy that rejects has no target and no code', applies: (name, ours, original) => name.includes('"action":"REJECT"') && ours.status === 201 && original.status === 201 },
  { reason: 'nothing is said about a pool of another load balancer', applies: (_name, ours, original) => /^Pool .* not found/.test(faultOf(ours)) && faultOf(original).includes('The pool protocol') },
  { reason: 'digits of other scripts are none that haproxy reads', applies: (name) => name.includes('"SSL_VERIFY_RESULT"') && name.includes('٣') },
  { reason: 'a missing root is named', applies: (_name, ours) => faultOf(ours) === 'Missing argument: "rule"' },
];

/** The reason for a difference, or null when there is none. */
export function reasonFor(name: string, ours: Answered, original: Answered): string | null {
  return DELIBERATE.find(({ applies }) => applies(name, ours, original))?.reason ?? null;
}
