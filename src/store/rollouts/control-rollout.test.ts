import { expect, it } from 'vitest';
import { describeStores } from '../testing/describe-stores.ts';
import { RolloutRefused, startRollout } from './control-rollout.ts';

describeStores((store) => {
  it('of several rollouts that begin at the same time one does, with all its steps', async () => {
    await store().transaction((trx) => trx.insertInto('amphora').values(['a', 'b'].map((id) => ({ id, status: 'ALLOCATED' as const, cert_busy: false }))).execute().then(() => undefined));
    const wish = { kind: 'failover', imageId: null, canary: 1, perMinute: 10, parallel: 1, soakSeconds: 0 } as const;
    const outcomes = await Promise.allSettled(Array.from({ length: 6 }, () => startRollout(store(), wish, 0)));
    const refused = outcomes.filter((outcome) => outcome.status === 'rejected');
    expect(refused.map(({ reason }) => reason instanceof RolloutRefused)).toEqual(Array.from({ length: 5 }, () => true));
    expect(await store().read.selectFrom('ts_rollout').select('state').execute()).toEqual([{ state: 'running' }]);
    expect(await store().read.selectFrom('ts_rollout_step').select('amphora_id').execute()).toHaveLength(2);
  });
});
