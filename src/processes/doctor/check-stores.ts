import { parseTransportUrl } from '../../bus/transport-url.ts';
import { keepConnected } from '../../bus/broker-connection.ts';
import { rabbitOptionsOf } from '../../bus/rabbit-options.ts';
import type { Config } from '../../config/config.ts';
import { reasonOf } from '../../lib/errors.ts';
import type { Store } from '../../store/database.ts';
import { openConfiguredStore } from '../../store/configured-store.ts';
import { inspectSchema } from '../../store/schema/migrate.ts';
import { silentLogger } from '../../telemetry/logger.ts';
import { failure, ok, type Finding } from './finding.ts';

/** Every broker of the transport URL lets us in. */
export async function checkQueue({ DEFAULT, oslo_messaging_rabbit }: Config): Promise<readonly Finding[]> {
  const area = 'queue';
  try {
    const url = parseTransportUrl(DEFAULT.transport_url);
    const rabbit = rabbitOptionsOf(oslo_messaging_rabbit, url);
    return await Promise.all(url.brokers.map(async (broker) => {
      const what = `${broker.host}:${broker.port ?? 5672}`;
      const connection = keepConnected({ url: { ...url, brokers: [broker] }, rabbit, name: 'octavia:doctor', log: silentLogger, setUp: async () => undefined, tearDown: () => undefined });
      try {
        await connection.firstAttempt;
        connection.current();
        return ok(area, what, 'connected');
      } catch (error) {
        return failure(area, what, reasonOf(error), 'see that RabbitMQ runs there and knows user, password and virtual host of [DEFAULT] transport_url (rabbitmqctl list_users, list_permissions)');
      } finally {
        await connection.close();
      }
    }));
  } catch (error) {
    return [failure(area, 'transport_url', reasonOf(error), '[DEFAULT] transport_url = rabbit://user:password@host:5672/')];
  }
}

/** Connection and schema of the database; `look` comes after them when both are good. */
export async function withStore({ database }: Config, look: (store: Store) => Promise<readonly Finding[]>): Promise<readonly Finding[]> {
  const area = 'database';
  let store: Store;
  try {
    store = await openConfiguredStore(database, { poolSize: 2 });
  } catch (error) {
    return [failure(area, 'connection', reasonOf(error), 'see that the server runs and knows user, password and database of [database] connection')];
  }
  try {
    const { revision, missingTables, missingColumns, isNewer } = await inspectSchema(store);
    const missing = [...missingTables, ...missingColumns];
    const connected = ok(area, 'connection', 'connected');
    if (missing.length > 0) {
      const lacks = `revision ${revision ?? 'none'} lacks ${missing.length} tables or columns (${missing.slice(0, 3).join(', ')} ...)`;
      return [connected, failure(area, 'schema', lacks, 'octavia db-manage upgrade head --config-file FILE')];
    }
    return [connected, ok(area, 'schema', `revision ${revision}${isNewer ? ', newer than this version and complete for it' : ''}`), ...(await look(store))];
  } catch (error) {
    return [failure(area, 'schema', reasonOf(error), 'octavia db-manage upgrade head --config-file FILE')];
  } finally {
    await store.close();
  }
}
