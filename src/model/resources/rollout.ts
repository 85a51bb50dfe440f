import { ROLLOUT_KINDS, ROLLOUT_STATES } from '../enums.ts';
import * as common from './common-fields.ts';
import { defineResource, integer, oneOf, text, uuid, type Field } from './resource.ts';

const pace = (description: string, limits: { readonly min: number; readonly max: number }, start: number) =>
  ({ type: integer(limits), description, create: 'optional', default: start }) as const satisfies Field;

/** Renewal of all amphorae in steps. Not of the original: it lives below /v2.0/octavia. */
export const rollout = defineResource({
  root: 'rollout', collection: 'rollouts', label: 'Rollout', policy: 'rollout', table: 'ts_rollout', deletedIn: null,
  fields: {
    id: common.id,
    kind: { type: oneOf(ROLLOUT_KINDS), description: 'Replace each amphora, or push the configuration of its agent.', create: 'optional', default: 'failover' },
    state: { type: oneOf(ROLLOUT_STATES), description: 'Halted when a step failed, paused when somebody asked.' },
    image_id: { type: uuid(), description: 'Amphorae of this image are left alone, and new ones must have it.', create: 'optional' },
    canary: pace('So many amphorae go first; the rest waits until they did well.', { min: 0, max: 100_000 }, 1),
    per_minute: pace('Amphorae begun per minute.', { min: 1, max: 100_000 }, 10),
    parallel: pace('Amphorae under way at the same time.', { min: 1, max: 10_000 }, 2),
    soak_seconds: pace('How long each load balancer is watched afterwards.', { min: 0, max: 86_400 }, 60),
    reason: { type: text(), description: 'Why it halted.' },
    created_at: common.createdAt,
    updated_at: common.updatedAt,
  },
});
