import { FIGURES } from '../../model/figures.ts';
import { amphoraStatisticsFields } from '../../model/resources/amphora.ts';
import type { Route } from '../machinery/define-routes.ts';
import type { JsonSchema } from './schema-of.ts';

type RoutePlace = Pick<Route, 'method' | 'path'>;

/** Summary and successful answer of an operation that is no plain create, show, list, update or delete. */
export interface OtherOperation {
  readonly summary: string;
  readonly status: 200 | 202;
  /** Absent: an empty body. */
  readonly answer?: JsonSchema;
  /** Query parameters by name, with what they are for. */
  readonly query?: Readonly<Record<string, string>>;
}

const object = (properties: Readonly<Record<string, JsonSchema>>, required = Object.keys(properties)): JsonSchema => ({ type: 'object', properties, required, additionalProperties: false });
const listOf = (items: JsonSchema): JsonSchema => ({ type: 'array', items });
const text: JsonSchema = { type: 'string' };
const optionalText: JsonSchema = { type: ['string', 'null'] };
const count: JsonSchema = { type: 'integer' };
const named = object({ name: text, description: text }, []);

const statistics = object({ stats: object({ bytes_in: count, bytes_out: count, active_connections: count, total_connections: count, request_errors: count }) });
const amphoraStatistics = object({ amphora_stats: listOf(object(Object.fromEntries(Object.keys(amphoraStatisticsFields).map((name) => [name, name.endsWith('id') ? optionalText : count])))) });

const status = { id: text, name: text, provisioning_status: text, operating_status: text };
const memberStatus = object({ ...status, address: text, protocol_port: count });
// Pools without a monitor have no such key.
const poolStatus = object({ ...status, health_monitor: object({ ...status, type: text }), members: listOf(memberStatus) }, [...Object.keys(status), 'members']);
const statuses = object({ statuses: object({ loadbalancer: object({ ...status, listeners: listOf(object({ ...status, pools: listOf(poolStatus) })) }) }) });

const event = object({
  id: text, number: count, created_at: text, loadbalancer_id: optionalText, project_id: optionalText, user_id: optionalText, request_id: optionalText,
  object_type: text, object_id: optionalText, action: text, outcome: text, reason: optionalText,
}, []);

const figures = Object.fromEntries(FIGURES.map((name) => [name, count]));
const rate: JsonSchema = { type: 'number' };
const rates = Object.fromEntries(FIGURES.map((name) => [name, rate]));

const FIELDS = { fields: 'Only these keys.' };
const CAPABILITY_QUERY = { ...FIELDS, name: 'Only the setting of this name.', description: 'Only settings with this description.' };

const OPERATIONS: Readonly<Record<string, OtherOperation>> = {
  'GET /v2/loadbalancers/:id/stats': { summary: 'Show the statistics of a load balancer', status: 200, answer: statistics },
  'GET /v2/loadbalancers/:id/status': { summary: 'Show the status tree of a load balancer', status: 200, answer: statuses },
  'GET /v2/loadbalancers/:id/statuses': { summary: 'Show the status tree of a load balancer', status: 200, answer: statuses },
  'PUT /v2/loadbalancers/:id/failover': { summary: 'Fail a load balancer over', status: 202 },
  'GET /v2/listeners/:id/stats': { summary: 'Show the statistics of a listener', status: 200, answer: statistics },
  'GET /v2/quotas/:id/default': { summary: 'Show the default quota', status: 200, answer: object({ quota: { $ref: '#/components/schemas/quota' } }) },
  'GET /v2/providers': { summary: 'List providers', status: 200, query: FIELDS, answer: object({ providers: listOf(named) }) },
  'GET /v2/providers/:provider/flavor_capabilities': { summary: 'List what flavors of a provider may set', status: 200, query: CAPABILITY_QUERY, answer: object({ flavor_capabilities: listOf(named) }) },
  'GET /v2/providers/:provider/availability_zone_capabilities': {
    summary: 'List what availability zones of a provider may set', status: 200, query: CAPABILITY_QUERY, answer: object({ availability_zone_capabilities: listOf(named) }),
  },
  'GET /v2/octavia/amphorae/:id/stats': { summary: 'Show the statistics of an amphora', status: 200, answer: amphoraStatistics },
  'PUT /v2/octavia/amphorae/:id/config': { summary: 'Push the configuration of an amphora agent', status: 202 },
  'PUT /v2/octavia/amphorae/:id/failover': { summary: 'Fail an amphora over', status: 202 },
  'GET /v2/octavia/fleet': {
    summary: 'Show when amphorae were heard last and whom they serve', status: 200,
    answer: object({ fleet: listOf(object({ amphora_id: text, loadbalancer_name: optionalText, project_id: optionalText, is_busy: { type: 'boolean' }, heartbeat_age_seconds: { type: ['integer', 'null'] } })), heartbeat_timeout_seconds: count }),
  },
  'GET /v2/octavia/storm_brake': {
    summary: 'Show whether so many amphorae are silent that none is failed over', status: 200,
    answer: object({ storm_brake: object({ state: { type: 'string', enum: ['off', 'ready', 'engaged', 'releasing'] }, threshold: { type: ['integer', 'null'] }, in_service: count, silent: count, stopped: count, stopped_since: optionalText }) }),
  },
  'GET /v2/octavia/quota_usage': {
    summary: 'Show what projects have in use', status: 200,
    answer: object({ quota_usage: listOf(object({ project_id: text, loadbalancer: count, listener: count, pool: count, member: count, healthmonitor: count, l7policy: count, l7rule: count })) }),
  },
  'GET /v2/octavia/rollouts/:id/progress': {
    summary: 'Show how far a rollout is', status: 200,
    answer: object({
      progress: object({
        rollout_id: text, waiting: count, started: count, soaking: count, done: count, failed: count, skipped: count,
        steps: listOf(object({ amphora_id: text, loadbalancer_id: optionalText, is_canary: { type: 'boolean' }, state: text, reason: optionalText, started_at: optionalText, ended_at: optionalText })),
      }),
    }),
  },
  'PUT /v2/octavia/rollouts/:id/pause': { summary: 'Pause a rollout', status: 202 },
  'PUT /v2/octavia/rollouts/:id/resume': { summary: 'Go on with a rollout, trying failed steps again', status: 202 },
  'PUT /v2/octavia/rollouts/:id/abort': { summary: 'Abort a rollout', status: 202 },
  'GET /v2/octavia/events': {
    summary: 'List accepted changes and their outcomes, or stream them as server-sent events', status: 200, answer: object({ events: listOf(event) }),
    query: { loadbalancer_id: 'Only those of this load balancer.', project_id: 'Only those of this project.', after: 'Only those after this number, oldest first.', limit: 'Most events.' },
  },
  'GET /v2/octavia/loadbalancers/:id/statistics': {
    summary: 'Show the traffic of a load balancer, listener, pool or member over time', status: 200,
    query: { period: '`hour` (the last one, in steps of 10 seconds) or `day` (in steps of 10 minutes).', object_id: 'A listener, pool or member; without it the sums of all listeners.' },
    answer: object({ statistics: object({ loadbalancer_id: text, object_id: optionalText, period: text, step_seconds: count, from: count, to: count, points: listOf(object({ at: count, peak_connections: count, ...figures })) }) }),
  },
  'GET /v2/octavia/loadbalancers/:id/rates': {
    summary: 'Show what listeners, pools and members of a load balancer do right now, per second', status: 200,
    answer: object({ rates: object({ loadbalancer_id: text, delay_seconds: rate, objects: listOf(object({ id: text, active_connections: count, ...rates })) }) }),
  },
  'GET /v2/octavia/loadbalancers/:id/conditions': {
    summary: 'Show since when and why objects of a load balancer are not well', status: 200,
    answer: object({ conditions: listOf(object({ object_id: text, object_type: text, operating_status: text, since: text, reason: optionalText })) }),
  },
  'GET /v2/octavia/loadbalancers/:id/access_log': {
    summary: 'Read the newest lines of the access log, or those after a cursor', status: 200,
    query: { after: 'The cursor of the answer before.', wait: 'Seconds to wait for a line, at most 20.', filter: 'Only lines that contain all of these words.' },
    answer: object({ access_log: object({ cursor: text, is_kept: { type: 'boolean' }, is_cut: { type: 'boolean' }, lines: listOf(object({ amphora_id: text, text })) }) }),
  },
  'GET /v2/octavia/openapi': { summary: 'Show this document', status: 200, answer: { type: 'object' } },
  'GET /v2': { summary: 'Show the version', status: 200, answer: text },
  'GET /v2/octavia': { summary: 'Show the version', status: 200, answer: text },
};

/** The operation of a route; undefined for the plain ones. */
export function otherOperation({ method, path }: RoutePlace): OtherOperation | undefined {
  return OPERATIONS[`${method} ${path}`];
}
