import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { hasRabbit, startRabbit, type RabbitServer } from '../../src/bus/testing/rabbit-server.ts';
import { startTestServer, type TestServer } from '../../src/store/testing/databases.ts';

export interface MariaDb extends TestServer {
  /** The server process, for its share of CPU time. */
  readonly pid: number;
}

/** A throw-away MariaDB on a unix socket; `newDatabase()` answers SQLAlchemy URLs that the original understands too. */
export async function startMariaDb(): Promise<MariaDb> {
  const server = await startTestServer('mysql');
  const socket = new URL(await server.newDatabase()).searchParams.get('unix_socket') ?? '';
  const pid = Number(readFileSync(join(dirname(socket), 'pid'), 'utf8'));
  return { ...server, pid };
}

/** A throw-away RabbitMQ on loopback; `url` is a transport_url. */
export async function startRabbitMq(): Promise<RabbitServer> {
  if (!hasRabbit) throw new Error('rabbitmq-server is not installed');
  return await startRabbit();
}
