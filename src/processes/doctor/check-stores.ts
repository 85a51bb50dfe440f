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
    const findings = [ok(area, 'connection', 'connected'), await checkSchema(store)];
    return findings.some(({ result }) => result === 'failure') ? findings : [...findings, ...(await lookAfter(store, look))];
  } finally {
    await store.close();
  }
}

async function checkSchema(store: Store): Promise<Finding> {
  const [area, what, fix] = ['database', 'schema', 'octavia db-manage upgrade head --config-file FILE'];
  try {
    const { revision, missingTables, missingColumns, isNewer } = await inspectSchema(store);
    const missing = [...missingTables, ...missingColumns];
    if (missing.length > 0) return failure(area, what, `revision ${revision ?? 'none'} lacks ${missing.length} tables or columns (${missing.slice(0, 3).join(', ')} ...)`, fix);
    return ok(area, what, `revision ${revision}${isNewer ? ', newer than this version and complete for it' : ''}`);
  } catch (error) {
    return failure(area, what, reasonOf(error), fix);
  }
}

async function lookAfter(store: Store, look: (store: Store) => Promise<readonly Finding[]>): Promise<readonly Finding[]> {
  try {
    return await look(store);
  } catch (error) {
    return [failure('amphorae', 'look', reasonOf(error), 'see what the reason says; when the database went away meanwhile, look again')];
  }
}
