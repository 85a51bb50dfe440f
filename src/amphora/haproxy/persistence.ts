import type { Pool } from '../../model/graph.ts';
import { sampleFetch } from './config-writer.ts';
import type { ConfigSection } from './config-writer.ts';
import { peersName } from './render-context.ts';
import type { RenderContext } from './render-context.ts';

/** Session persistence of a pool: a stick table (shared between a pair's amphorae) or a cookie that haproxy inserts. */
export function addPersistence(section: ConfigSection, context: RenderContext, pool: Pool): void {
  const persistence = pool.sessionPersistence;
  if (!persistence) return;
  const peers = peersName(context);
  const shared = peers === null ? [] : ['peers', peers];
  const size = context.options.stickSize;
  switch (persistence.type) {
    case 'SOURCE_IP':
      // An IPv6 table holds IPv4 addresses as well.
      section.add('stick-table', 'type', 'ipv6', 'size', size, ...shared);
      section.add('stick', 'on', 'src');
      return;
    case 'APP_COOKIE':
      section.add('stick-table', 'type', 'string', 'len', 64, 'size', size, ...shared);
      section.add('stick', 'store-response', sampleFetch('res.cook', persistence.cookieName ?? ''));
      section.add('stick', 'match', sampleFetch('req.cook', persistence.cookieName ?? ''));
      return;
    case 'HTTP_COOKIE':
      section.add('cookie', 'SRV', 'insert', 'indirect', 'nocache');
      return;
    default:
      persistence.type satisfies never;
  }
}
