import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createFleet } from '../../src/health/testing/fleet.ts';
import { verdict } from '../stage.ts';

const amphorae = Number(process.env['BENCH_AMPHORAE'] ?? 10_000);
const brake = Math.ceil(amphorae / 4);

// The clock is simulated: two minutes of silence and ten without a database pass in seconds.
const directory = mkdtempSync(join(tmpdir(), 'octavia-bench-fleet-'));
try {
  await storm();
  await outage();
} finally {
  rmSync(directory, { recursive: true, force: true });
}

/** Every heartbeat is lost for 120 s; failovers are carried out at once, which is the hardest case for the brake. */
async function storm(): Promise<void> {
  const fleet = await createFleet(amphorae, `sqlite:///${join(directory, 'storm.db')}`);
  try {
    await fleet.pass(70);
    await fleet.pass(120, { silent: true });
    const [during, stopped] = [fleet.failovers(), await fleet.stopped()];
    verdict(`${amphorae} amphorae silent for 120 s: ${during} failovers, the brake is at ${brake}, ${stopped} stopped`, during < brake && stopped > 0);
    await fleet.pass(80);
    const [left, disturbed, more] = [await fleet.stopped(), await fleet.disturbed(), fleet.failovers() - during];
    verdict(`heard again for 80 s: ${left} still stopped, ${disturbed} load balancers disturbed, ${more} further failovers (goal 0, nobody did anything)`, left + disturbed + more === 0);
  } finally {
    await fleet.close();
  }
}

/** The database is away for ten minutes while members of every second load balancer go down. */
async function outage(): Promise<void> {
  const count = Math.ceil(amphorae / 10);
  const fleet = await createFleet(count, `sqlite:///${join(directory, 'outage.db')}`);
  const told = (index: number) => ({ members: { [`lb${index}-m1`]: 'UP', [`lb${index}-m2`]: index % 2 === 0 ? 'DOWN' : 'UP' } });
  try {
    await fleet.pass(70);
    fleet.database.isAway = true;
    await fleet.pass(600, { told });
    fleet.database.isAway = false;
    await fleet.pass(150, { told });
    const rows = await fleet.store.read.selectFrom('member').select(['id', 'operating_status']).where('id', 'like', '%-m2').execute();
    const lost = rows.filter(({ id, operating_status: status }) => status !== (Number(/\d+/.exec(id)?.[0]) % 2 === 0 ? 'ERROR' : 'ONLINE'));
    verdict(`database away for 600 s with ${count} amphorae: ${fleet.failovers()} failovers, ${lost.length} of ${rows.length} changes of status lost (goal 0 and 0)`, fleet.failovers() + lost.length === 0);
  } finally {
    await fleet.close();
  }
}
