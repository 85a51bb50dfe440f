import { TextBuffer } from '../../lib/text-buffer.ts';
import type { StatusOutline } from '../../store/resources/status-outline.ts';

/** The JSON of `GET /loadbalancers/{id}/status`: pools appear below every listener that uses them (octavia: db/models.py Listener.pools). */
export function statusTree({ own, listeners, pools }: StatusOutline): Buffer {
  const tree = new TextBuffer();
  tree.append(`{"statuses":{"loadbalancer":{${own},"listeners":[`);
  listeners.forEach((listener, index) => {
    const below = listener.poolIds.flatMap((id) => pools.get(id) ?? []).join(',');
    tree.append(`${index > 0 ? ',' : ''}{${listener.own},"pools":[${below}]}`);
  });
  tree.append(']}}}');
  return tree.bytes();
}
