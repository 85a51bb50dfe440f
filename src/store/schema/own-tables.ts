import type { OperatingStatus } from '../../model/enums.ts';
import { bigint, bool, datetime, int, table, text, varchar } from './columns.ts';

export type RequestKind = 'failover_load_balancer' | 'failover_amphora' | 'configure_amphora' | 'delete_amphora' | 'delete_object' | 'announce_creation';

/** Our additions, all with the prefix `ts_`: the Python services never look at them and they may be dropped at rest. */
export const ownTables = {
  /** One row per load balancer that a worker has steered; expiry is judged by the database's clock. */
  ts_lease: table(
    {
      load_balancer_id: varchar(36).primaryKey(), owner: varchar(255), fence: int().notNull(), expires_at: datetime().notNull(),
      /** Failed attempts since the last success, and the earliest time of the next (back-off). */
      attempts: int().notNull().withDefault(0), next_attempt_at: datetime(), last_error: text(),
    },
    { indexes: [['next_attempt_at']] },
  ),
  /**
   * Wishes that Octavia's own columns cannot hold (failover, agent configuration update, amphora delete), and what a row that
   * says ERROR does not tell: the deletion of an object that failed (its id stands in `amphora_id`), a creation of which
   * nobody was told. Removed when fulfilled.
   */
  ts_request: table(
    {
      id: varchar(36).primaryKey(), kind: varchar<RequestKind>(32).notNull(),
      load_balancer_id: varchar(36), amphora_id: varchar(36), created_at: datetime().notNull(), request_id: varchar(64),
    },
    { indexes: [['load_balancer_id']] },
  ),
  /** Who did what, when, with which outcome and reason. `seq` orders the stream. */
  ts_event: table(
    {
      id: varchar(36).primaryKey(), seq: bigint().notNull(), created_at: datetime().notNull(), load_balancer_id: varchar(36), project_id: varchar(36), user_id: varchar(64),
      request_id: varchar(64), object_type: varchar(32).notNull(), object_id: varchar(36), action: varchar(64).notNull(), outcome: varchar(16).notNull(), reason: text(),
    },
    { indexes: [['load_balancer_id', 'seq'], ['seq']] },
  ),
  /** Renewal of all amphorae in steps (`octavia rollout`): what was asked for and how far it is. */
  ts_rollout: table({
    id: varchar(36).primaryKey(), kind: varchar<'failover' | 'configure'>(16).notNull(), state: varchar<'running' | 'paused' | 'halted' | 'aborted' | 'done'>(16).notNull(),
    /** Amphorae of this image are left alone, and new ones must have it. */
    image_id: varchar(36), canary: int().notNull(), per_minute: int().notNull(), parallel: int().notNull(), soak_seconds: int().notNull(),
    created_at: datetime().notNull(), updated_at: datetime().notNull(), reason: text(),
  }),
  /** One amphora of a rollout. */
  ts_rollout_step: table(
    {
      rollout_id: varchar(36).primaryKey(), amphora_id: varchar(36).primaryKey(), load_balancer_id: varchar(36), position: int().notNull(), is_canary: bool().notNull(),
      state: varchar<'waiting' | 'started' | 'soaking' | 'done' | 'failed' | 'skipped'>(16).notNull(), operating_before: varchar(16), started_at: datetime(), ended_at: datetime(), reason: text(),
    },
    { indexes: [['rollout_id', 'state']] },
  ),
  /** Traffic of a listener, pool or member in the `step` seconds from `at` (seconds since the epoch) on. Old ones are purged by the key. */
  ts_sample: table(
    {
      step: int().primaryKey(), at: bigint().primaryKey(), object_id: varchar(36).primaryKey(), load_balancer_id: varchar(36).notNull(), peak_connections: int().notNull(),
      requests: bigint().notNull(), connections: bigint().notNull(), bytes_in: bigint().notNull(), bytes_out: bigint().notNull(), errors: bigint().notNull(),
      responses_1xx: bigint().notNull(), responses_2xx: bigint().notNull(), responses_3xx: bigint().notNull(), responses_4xx: bigint().notNull(), responses_5xx: bigint().notNull(),
    },
    { indexes: [['load_balancer_id', 'step', 'at']] },
  ),
  /** Since when, and as far as it is known why, an object is not well. Rows of those that are well are removed. */
  ts_condition: table(
    {
      object_id: varchar(36).primaryKey(), load_balancer_id: varchar(36).notNull(), object_type: varchar(16).notNull(), operating_status: varchar<OperatingStatus>(16).notNull(),
      since: datetime().notNull(), reason: text(),
    },
    { indexes: [['load_balancer_id']] },
  ),
  /** Where an amphora of the light pool is. Written before the host is told, gone when the host says that the amphora is gone. */
  ts_light_amphora: table(
    {
      compute_id: varchar(36).primaryKey(), host: varchar(255).notNull(), state: varchar<'placed' | 'booted' | 'doomed'>(16).notNull(), created_at: datetime().notNull(),
    },
    { indexes: [['host']] },
  ),
  /** Last number given out, by name of the sequence. */
  ts_counter: table({ name: varchar(32).primaryKey(), value: bigint().notNull() }),
};
