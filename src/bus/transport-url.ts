import { OctaviaError } from '../lib/errors.ts';

export interface BrokerAddress {
  readonly host: string;
  readonly port: number | null;
  readonly username: string | null;
  readonly password: string | null;
}

export interface TransportUrl {
  readonly brokers: readonly BrokerAddress[];
  /** Without its leading slash: empty is the broker's default `/`. */
  readonly virtualHost: string;
  readonly query: Readonly<Record<string, string>>;
}

export class BadTransportUrl extends OctaviaError {
  constructor(reason: string) {
    super('bad-transport-url', `[DEFAULT] transport_url is not usable: ${reason}. Write rabbit://user:password@host:port,user:password@host:port/virtual_host.`);
  }
}

/**
 * Reads oslo.messaging's `rabbit://user:pass@host:port,user:pass@host2/vhost?key=value`. Names and passwords are
 * percent-decoded; IPv6 addresses stand in brackets; no host means localhost. Throws BadTransportUrl (never with the
 * password in its text).
 */
export function parseTransportUrl(text: string): TransportUrl {
  const parts = /^(?<scheme>[a-z][a-z0-9+.-]*):\/\/(?<hosts>[^/?]*)(?:\/(?<path>[^?]*))?(?:\?(?<query>.*))?$/i.exec(text)?.groups;
  if (parts === undefined) throw new BadTransportUrl('it is no URL');
  const scheme = parts['scheme']?.toLowerCase();
  if (scheme !== 'rabbit' && scheme !== 'kombu' && scheme !== 'amqp') throw new BadTransportUrl(`the transport ${scheme} is unknown`);
  const brokers = (parts['hosts'] ?? '').split(',').filter((host) => host !== '').map(toBroker);
  return {
    brokers: brokers.length > 0 ? brokers : [{ host: 'localhost', port: null, username: null, password: null }],
    virtualHost: decode(parts['path'] ?? ''),
    query: Object.fromEntries(new URLSearchParams(parts['query'] ?? '')),
  };
}

function toBroker(text: string): BrokerAddress {
  const at = text.lastIndexOf('@');
  const credentials = at < 0 ? null : text.slice(0, at);
  const address = /^(?:\[(?<v6>[^\]]+)\]|(?<name>[^:]*))(?::(?<port>\d+))?$/.exec(text.slice(at + 1))?.groups;
  const host = address?.['v6'] ?? address?.['name'];
  if (host === undefined || host === '') throw new BadTransportUrl('a host is not readable');
  const port = address?.['port'];
  const colon = credentials?.indexOf(':') ?? -1;
  return {
    host,
    port: port === undefined ? null : Number(port),
    username: credentials === null ? null : decode(colon < 0 ? credentials : credentials.slice(0, colon)),
    password: credentials === null || colon < 0 ? null : decode(credentials.slice(colon + 1)),
  };
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch (error) {
    if (error instanceof URIError) throw new BadTransportUrl('a percent sign is not followed by two hexadecimal digits');
    throw error;
  }
}
