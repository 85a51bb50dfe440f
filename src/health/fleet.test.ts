import { afterEach, describe, expect, it } from 'vitest';
import { createFleet, type Fleet } from './testing/fleet.ts';

let fleet: Fleet | null = null;
afterEach(async () => {
  await fleet?.close();
  fleet = null;
});

const AMPHORAE = 60;

describe('a fleet of amphorae', () => {
  it('that falls silent as a whole is not failed over beyond the brake, and is back to normal by itself', async () => {
    fleet = await createFleet(AMPHORAE);
    await fleet.pass(90);
    expect(fleet.failovers()).toBe(0);
    await fleet.pass(120, { silent: true });
    const during = fleet.failovers();
    expect(during).toBeLessThan(AMPHORAE / 4);
    expect(await fleet.stopped()).toBeGreaterThan(AMPHORAE / 2);
    await fleet.pass(90);
    expect([await fleet.stopped(), await fleet.disturbed(), fleet.failovers()]).toEqual([0, 0, during]);
  });

  it('is not judged while the database is away for ten minutes, and what was reported meanwhile is not lost', async () => {
    fleet = await createFleet(10);
    await fleet.pass(90);
    fleet.database.isAway = true;
    const downOf = (index: number) => ({ members: { [`lb${index}-m1`]: 'UP', [`lb${index}-m2`]: index % 2 === 0 ? 'DOWN' : 'UP' } });
    await fleet.pass(600, { told: downOf });
    fleet.database.isAway = false;
    await fleet.pass(150, { told: downOf });
    expect([fleet.failovers(), await fleet.stopped(), await fleet.disturbed()]).toEqual([0, 0, 0]);
    const rows = await fleet.store.read.selectFrom('member').select(['id', 'operating_status']).where('id', 'like', '%-m2').execute();
    expect(rows.filter(({ id, operating_status }) => operating_status !== (Number(/\d+/.exec(id)?.[0]) % 2 === 0 ? 'ERROR' : 'ONLINE'))).toEqual([]);
  });

});
