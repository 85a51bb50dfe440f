import { cidrContains, parseCidr, parseIp } from '../../model/ip.ts';

type Environment = Readonly<Record<string, string | undefined>>;

/**
 * The proxy that the environment names for a URL (HTTP_PROXY, HTTPS_PROXY, ALL_PROXY, NO_PROXY, in lower case first), read as
 * python-requests reads it; null when there is none. Nothing on this host is ever asked of a proxy.
 */
export function proxyFor(url: URL, environment: Environment): string | null {
  const named = (name: string): string => (environment[name] ?? environment[name.toUpperCase()] ?? '').trim();
  const proxy = named(`${url.protocol.slice(0, -1)}_proxy`) || named('all_proxy');
  if (proxy === '' || isExempt(url, named('no_proxy'))) return null;
  return /^\w+:\/\//.test(proxy) ? proxy : `http://${proxy}`;
}

/** Networks and addresses for hosts that are addresses; for names, how they end. */
function isExempt({ hostname, host }: URL, noProxy: string): boolean {
  const address = parseIp(hostname.replace(/^\[|\]$/g, ''));
  if (hostname === 'localhost' || (address !== null && LOOPBACK.some((cidr) => cidrContains(cidr, address)))) return true;
  const entries = noProxy.toLowerCase().split(',').map((entry) => entry.trim()).filter((entry) => entry !== '');
  if (entries.includes('*')) return true;
  if (address === null) return entries.some((entry) => hostname.endsWith(entry) || host.endsWith(entry) || hostname === entry.replace(/^\.+/, ''));
  return entries.some((entry) => {
    const cidr = parseCidr(entry.replace(/^\[|\]$/g, ''));
    return cidr !== null && cidrContains(cidr, address);
  });
}

const LOOPBACK = ['127.0.0.0/8', '::1/128'].flatMap((cidr) => parseCidr(cidr) ?? []);
