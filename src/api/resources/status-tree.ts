import type { StatusOutline } from '../../store/resources/status-outline.ts';

/** The JSON of `GET /loadbalancers/{id}/status`: pools appear below every listener that uses them (octavia: db/models.py Listener.pools). */
export function statusTree({ own, listeners, pools }: StatusOutline): string {
  const texts = listeners.map((listener) => `{${listener.own},"pools":[${listener.poolIds.flatMap((id) => pools.get(id) ?? []).join(',')}]}`);
  return `{"statuses":{"loadbalancer":{${own},"listeners":[${texts.join(',')}]}}}`;
}
