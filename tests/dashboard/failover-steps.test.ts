import { expect, it } from 'vitest';
import { failoverSteps } from '../../dashboard/src/pages/operator/failover-steps.ts';

it.each([
  ['the new one boots', 'PENDING_UPDATE', [['old', 'ALLOCATED'], ['new', 'BOOTING']], 'under-way', 'booting'],
  ['the old one is being removed', 'PENDING_UPDATE', [['old', 'PENDING_DELETE'], ['new', 'ALLOCATED']], 'under-way', 'removed'],
  ['the old one will not go at once, while the new one serves', 'ACTIVE', [['old', 'PENDING_DELETE'], ['new', 'ALLOCATED']], 'under-way', 'removed'],
  ['the old one is gone', 'ACTIVE', [['new', 'ALLOCATED']], 'done', undefined],
  ['the old one still serves', 'ACTIVE', [['old', 'ALLOCATED']], 'failed', 'booting'],
  ['the load balancer went to ERROR', 'ERROR', [['old', 'PENDING_DELETE'], ['new', 'ALLOCATED']], 'failed', 'removed'],
] as const)('tells how far a failover is when %s', (_when, provisioning, amphorae, outcome, current) => {
  const state = failoverSteps('old', { provisioning_status: provisioning }, amphorae.map(([id, status]) => ({ id, status })));
  expect([state.outcome, state.steps.find((one) => one.state !== 'success')?.step]).toEqual([outcome, current]);
});
