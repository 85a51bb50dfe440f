import Fastify from 'fastify';
import { openMiniCloud } from '../../src/minicloud/open-mini-cloud.ts';

/** Serves the embedded cloud alone, without Octavia: `serve.ts DATA_DIR`. Prints `ready` and ends on SIGTERM. */
const dataDir = process.argv[2] ?? '';
const app = Fastify();
const log = (level: string) => (fields: object, message: string) => process.stderr.write(`${level} ${message} ${JSON.stringify(fields, (_key, value: unknown) => (value instanceof Error ? value.stack : value))}\n`);
const cloud = await openMiniCloud({ dataDir, baseUrl: 'http://127.0.0.1:9876', log: { info: log('info'), warn: log('warn'), error: log('error') } });
cloud.registerRoutes(app);
app.get('/', async () => ({ versions: [{ id: 'v2.0', status: 'CURRENT', updated: '2016-12-11T00:00:00Z', links: [{ href: 'http://127.0.0.1:9876/v2', rel: 'self' }] }] }));
await cloud.restore();
cloud.writeOpenrc(`${dataDir}/openrc`);
await app.listen({ host: '127.0.0.1', port: 9876 });
process.stdout.write('ready\n');
process.once('SIGTERM', () => void app.close().then(() => cloud.close()));
