import { TextBuffer } from '../../lib/text-buffer.ts';
import type { ListenerOutline, StatusOutline } from '../../store/resources/status-outline.ts';

/** The JSON of `GET /loadbalancers/{id}/status`: pools appear below every listener that uses them (octavia: db/models.py Listener.pools). */
export function statusTree({ own, listeners, pools }: StatusOutline): Buffer {
  const tree = new TextBuffer();
  tree.append(`{"statuses":{"loadbalancer":{${own},"listeners":[`);
  listeners.forEach((listener, index) => {
    if (index > 0) tree.append(',');
    appendListener(tree, listener, pools);
  });
  tree.append(']}}}');
  return tree.bytes();
}

function appendListener(tree: TextBuffer, { own, poolIds }: ListenerOutline, pools: StatusOutline['pools']): void {
  tree.append(`{${own},"pools":[`);
  poolIds.flatMap((id) => pools.get(id) ?? []).forEach((pool, index) => {
    if (index > 0) tree.append(',');
    tree.append(pool);
  });
  tree.append(']}');
}
