import type { Patience } from '../../amphora/client/amphora-client.ts';
import { renderLvs } from '../../amphora/l4/render-lvs.ts';
import { isRunning } from '../plan/amphora-set.ts';
import { expectStart, isL4, md5Of } from './configuration.ts';
import type { RunContext } from '../run-context.ts';

const WITHDRAWN = 'none';

/** Uploads the configuration of every UDP and SCTP listener where it differs; those that go are taken down. */
export async function pushLvs(context: RunContext, amphoraId: string, patience: Patience): Promise<void> {
  const { graph } = context;
  const known = context.remember(amphoraId).lvs;
  if (!context.lastRunEndedWell && isRunning(context.amphora(amphoraId))) await dropForgotten(context, amphoraId, patience);
  for (const listener of graph.listeners.filter(isL4)) {
    if (listener.provisioningStatus === 'PENDING_DELETE') {
      if (known.get(listener.id) !== WITHDRAWN && !context.createdIds.has(amphoraId)) await context.client(amphoraId, patience).deleteListener(listener.id);
      known.set(listener.id, WITHDRAWN);
      continue;
    }
    const config = renderLvs(graph, listener, { basePath: context.services.settings().haproxy.basePath });
    const md5 = md5Of(config);
    if (known.get(listener.id) === md5) continue;
    const client = context.client(amphoraId, patience);
    const mayBeThere = !context.createdIds.has(amphoraId) && !known.has(listener.id) && context.lastRunEndedWell;
    if (mayBeThere && (await client.getLvsChecksum(listener.id)) === md5) {
      known.set(listener.id, md5);
      continue;
    }
    await client.uploadLvs(listener.id, config);
    expectStart(context, amphoraId, { objectId: listener.id, md5, isHaproxy: false });
  }
}

/** Listeners that were deleted while this amphora was silent have no rows any more that would tell of them. */
async function dropForgotten(context: RunContext, amphoraId: string, patience: Patience): Promise<void> {
  const client = context.client(amphoraId, patience);
  const forgotten = (await client.listListeners()).filter(({ type, uuid }) => type === 'UDP' && !context.graph.listeners.some(({ id }) => id === uuid));
  for (const { uuid } of forgotten) await client.deleteListener(uuid);
}
