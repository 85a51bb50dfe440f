const MOUNT = '/load-balancer';

/**
 * One spelling for every way of naming a resource: the optional `/load-balancer` mount, `/v2.0`, `/lbaas`, a final slash
 * and `.json` are taken off. `/v2.0/lbaas/pools/` becomes `/v2/pools`. The query stays as it is.
 */
export function canonicalUrl(url: string): string {
  const queryAt = url.indexOf('?');
  const path = queryAt < 0 ? url : url.slice(0, queryAt);
  return canonicalPath(path) + (queryAt < 0 ? '' : url.slice(queryAt));
}

function canonicalPath(original: string): string {
  let path = original;
  if (path === MOUNT || path.startsWith(`${MOUNT}/`)) path = path.slice(MOUNT.length);
  while (path.length > 1 && path.endsWith('/')) path = path.slice(0, -1);
  if (path.endsWith('.json')) path = path.slice(0, -'.json'.length);
  if (path === '/v2.0' || path.startsWith('/v2.0/')) path = `/v2${path.slice('/v2.0'.length)}`;
  const isOctaviaOnly = path.startsWith('/v2/lbaas/octavia') || path.startsWith('/v2/lbaas/lbaas');
  if (path === '/v2/lbaas' || (path.startsWith('/v2/lbaas/') && !isOctaviaOnly)) path = `/v2${path.slice('/v2/lbaas'.length)}`;
  return path === '' ? '/' : path;
}
