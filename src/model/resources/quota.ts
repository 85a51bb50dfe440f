import { defineResource, integer, text, type Field } from './resource.ts';

const limit = (things: string, more: { readonly column?: string; readonly since?: string } = {}) => ({
  type: integer({ min: -1, max: 2_000_000_000 }), description: `Most ${things} of the project; -1 is unlimited.`, update: 'optional', ...more,
}) as const satisfies Field;

/** `load_balancer` and `health_monitor` are old spellings that stay accepted and shown. */
export const quota = defineResource({
  root: 'quota', collection: 'quotas', label: 'Quotas', policy: 'quota', table: 'quotas', argument: 'quotas', idColumn: 'project_id', deletedIn: null,
  fields: {
    project_id: { type: text(), description: 'The project.' },
    loadbalancer: limit('load balancers', { column: 'load_balancer' }),
    load_balancer: limit('load balancers'),
    listener: limit('listeners'),
    member: limit('members'),
    pool: limit('pools'),
    healthmonitor: limit('health monitors', { column: 'health_monitor' }),
    health_monitor: limit('health monitors'),
    l7policy: limit('L7 policies', { since: '2.19' }),
    l7rule: limit('L7 rules', { since: '2.19' }),
  },
});
