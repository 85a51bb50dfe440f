import { OctaviaError } from '../lib/errors.ts';

/** A database connection URL that cannot be used; the message never contains the password. */
export class BadConnectionUrl extends OctaviaError {
  constructor(reason: string) {
    super('connection-url-invalid', `[database] connection: ${reason}`);
  }
}

export interface ServerAddress {
  readonly host: string | null;
  readonly port: number | null;
  readonly user: string | null;
  readonly password: string | null;
  readonly database: string;
  /** Options after `?`: charset, unix_socket, ssl_ca, sslmode and the like. */
  readonly query: ReadonlyMap<string, string>;
}

export type ConnectionUrl =
  | { readonly dialect: 'sqlite'; readonly path: string }
  | ({ readonly dialect: 'mysql' | 'postgres' } & ServerAddress);

const SCHEMES: Readonly<Record<string, 'sqlite' | 'mysql' | 'postgres'>> = { sqlite: 'sqlite', mysql: 'mysql', mariadb: 'mysql', postgresql: 'postgres', postgres: 'postgres' };

// SQLAlchemy's own grammar: the password runs to the last @ before the host, brackets hold IPv6 addresses.
const URL_PATTERN = /^(?<scheme>[\w]+)(?:\+[\w]+)?:\/\/(?:(?<user>[^:/]*)(?::(?<password>[^@]*))?@)?(?:\[(?<ipv6>[^/?]+)\]|(?<host>[^/:?]+))?(?::(?<port>[^/?]*))?(?:\/(?<database>[^?]*))?(?:\?(?<query>.*))?$/;

/** Reads an SQLAlchemy URL as octavia.conf carries it: sqlite:////abs, mysql+pymysql://user:pw@host/db?charset=utf8, postgresql+psycopg2://... */
export function parseConnectionUrl(url: string): ConnectionUrl {
  const parts = URL_PATTERN.exec(url)?.groups;
  const dialect = parts ? SCHEMES[parts['scheme'] ?? ''] : undefined;
  if (!parts || !dialect) throw new BadConnectionUrl('not a sqlite://, mysql+pymysql:// or postgresql:// URL');
  const database = parts['database'] ?? '';
  if (dialect === 'sqlite') {
    if (parts['host'] ?? parts['ipv6']) throw new BadConnectionUrl('sqlite takes three slashes and a path: sqlite:////var/lib/octavia/octavia.db');
    return { dialect, path: database === '' ? ':memory:' : database };
  }
  const port = parts['port'] ? Number(parts['port']) : null;
  if (port !== null && !(Number.isInteger(port) && port > 0 && port < 65536)) throw new BadConnectionUrl('the port is not a number from 1 to 65535');
  if (database === '') throw new BadConnectionUrl('the database name is missing');
  return {
    dialect, database, port,
    host: parts['ipv6'] ?? parts['host'] ?? null,
    user: decoded(parts['user']),
    password: decoded(parts['password']),
    query: new Map(new URLSearchParams(parts['query'] ?? '')),
  };
}

function decoded(text: string | undefined): string | null {
  if (text === undefined) return null;
  try {
    return decodeURIComponent(text);
  } catch {
    // A bare % is legal in SQLAlchemy's grammar.
    return text;
  }
}
