/** The 26 casts of the controller worker (upstream octavia/controller/queue/v2/endpoints.py). */
export const CAST_METHODS = [
  'create_load_balancer', 'update_load_balancer', 'delete_load_balancer', 'failover_load_balancer',
  'failover_amphora', 'delete_amphora', 'update_amphora_agent_config',
  'create_listener', 'update_listener', 'delete_listener',
  'create_pool', 'update_pool', 'delete_pool',
  'create_member', 'update_member', 'delete_member', 'batch_update_members',
  'create_health_monitor', 'update_health_monitor', 'delete_health_monitor',
  'create_l7policy', 'update_l7policy', 'delete_l7policy',
  'create_l7rule', 'update_l7rule', 'delete_l7rule',
] as const;
export type CastMethod = (typeof CAST_METHODS)[number];

export interface Cast {
  readonly method: CastMethod;
  /** JSON-ready arguments, as the original sends them (contracts section 8). */
  readonly args: Readonly<Record<string, unknown>>;
  /** Of the API request that caused it; empty for casts of a Python API, whose context is empty. */
  readonly requestId?: string;
}

/**
 * Control bus between the API (or health manager) and the workers. A cast is only a hint: the truth is in the
 * database, and the sweep finds what a lost cast would have told.
 */
export interface Bus {
  /** Resolves when the bus has taken the cast; rejects with BusUnavailable when it cannot. */
  cast(cast: Cast): Promise<void>;
  /** Starts delivery to `handler`; it must note the wake-up and return at once. Returns a function that stops delivery. */
  consume(handler: (cast: Cast) => void): Promise<() => Promise<void>>;
  close(): Promise<void>;
}
