import { randomUUID } from 'node:crypto';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startService, type RunningService } from '../../src/processes/embedded/start-service.ts';
import { projectRoot } from '../../src/processes/project.ts';
import { until } from '../harness/until.ts';
import { forDriverAgent, missingPackages } from '../services/available.ts';
import { startLineProgram } from '../services/line-program.ts';
import { createOurSchema, debianEnv, startOurs } from '../services/octavia-processes.ts';
import { openWorld, type World } from './world.ts';

const clientOf = (directory: string) => startLineProgram('/usr/bin/python3', [
  join(projectRoot, 'tests/interop/driver-agent-client.py'), ...['status', 'stats', 'get'].map((name) => join(directory, `${name}.sock`)),
], debianEnv);

describe.skipIf(missingPackages(forDriverAgent).length > 0)('driver agents come and go', () => {
  let world: World;
  beforeAll(async () => { world = await openWorld(); });
  afterAll(() => world?.stop());

  it('a successor takes the sockets over while the first still runs; SIGTERM ends with an idle client connected, and the last one leaves no socket', async () => {
    const directory = join(world.directory, 'sockets');
    const file = world.conf('life', {
      database: await world.mariaDb.newDatabase(),
      more: { driver_agent: { status_socket_path: join(directory, 'status.sock'), stats_socket_path: join(directory, 'stats.sock'), get_socket_path: join(directory, 'get.sock') } },
    });
    await createOurSchema(file);
    const first = await startOurs('driver-agent', file, world.log('first'));
    const client = await clientOf(directory);
    const ask = async () => client.ask({ call: 'get_pool', argument: randomUUID() });
    expect(await ask()).toEqual({ result: null });
    const idle = connect(join(directory, 'get.sock')).on('error', () => undefined);
    const second = await startOurs('driver-agent', file, world.log('second'));
    await first.stop();
    await until('the idle client was let go', async () => idle.destroyed || idle.readableEnded);
    expect(await ask()).toEqual({ result: null });
    await second.kill();
    // What a killed one leaves behind is replaced.
    expect(existsSync(join(directory, 'get.sock'))).toBe(true);
    const third = await startOurs('driver-agent', file, world.log('third'));
    expect(await ask()).toEqual({ result: null });
    await third.stop();
    expect(existsSync(join(directory, 'get.sock'))).toBe(false);
    await client.stop();
  });
});

describe.skipIf(missingPackages(forDriverAgent).length > 0)('octavia up', () => {
  let dataDir: string;
  let service: RunningService;
  beforeAll(async () => {
    dataDir = mkdtempSync(join(tmpdir(), 'octavia-up-'));
    service = await startService({ dataDir });
  });
  afterAll(async () => {
    await service?.stop();
    rmSync(dataDir, { recursive: true, force: true });
  });

  it('serves octavia-lib beside everything else', async () => {
    const client = await clientOf(join(dataDir, 'driver-agent'));
    expect(await client.ask({ call: 'get_loadbalancer', argument: randomUUID() })).toEqual({ result: null });
    expect(await client.ask({ call: 'update_loadbalancer_status', argument: { listeners: [{ id: 'x', operating_status: 'ONLINE' }] } }))
      .toMatchObject({ error: 'UpdateStatusError', fault_string: 'Listener x not found.', status_object: 'listeners', status_object_id: 'x' });
    await client.stop();
  });
});
