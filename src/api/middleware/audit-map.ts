import { readFileSync } from 'node:fs';
import { ConfigError } from '../../config/config-error.ts';
import { parseIni } from '../../config/ini.ts';
import { reasonOf } from '../../lib/errors.ts';

/** How requests are named in audit events (`octavia_api_audit_map.conf`, keystonemiddleware's format). */
export interface AuditMap {
  readonly serviceType: string;
  readonly customActions: ReadonlyMap<string, string>;
  readonly pathKeywords: ReadonlyMap<string, string>;
}

/** Reads the map file; throws ConfigError when it cannot be read. */
export function readAuditMap(path: string): AuditMap {
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch (error) {
    throw new ConfigError({ group: 'audit', option: 'audit_map_file', value: path, reason: reasonOf(error), cause: error });
  }
  const assignments = parseIni(text, path);
  const section = (group: string) => new Map(assignments.filter((entry) => entry.group === group).map((entry) => [entry.name, entry.value]));
  const endpointType = section('DEFAULT').get('target_endpoint_type') ?? 'load-balancer';
  return {
    serviceType: section('service_endpoints').get(endpointType) ?? 'unknown',
    customActions: section('custom_actions'),
    pathKeywords: section('path_keywords'),
  };
}

/** What a request does, in CADF's words: `create`, `read`, `read/list`, `update`, `update/failover`, `delete`. */
export function auditAction(map: AuditMap, method: string, path: string): string {
  const ending = partsOf(path).at(-1) ?? '';
  const custom = map.customActions.get(`${ending}/${method.toLowerCase()}`) ?? map.customActions.get(ending);
  if (custom !== undefined) return custom;
  const isCollection = map.pathKeywords.has(ending);
  switch (method) {
    case 'POST': return isCollection ? 'create' : 'update';
    case 'GET': return isCollection ? 'read/list' : 'read';
    case 'HEAD': return 'read';
    case 'PUT': case 'PATCH': return 'update';
    case 'DELETE': return 'delete';
    default: return 'unknown';
  }
}

/** Type of what a request is about: `service/load-balancer/pools/pool/members`. */
export function auditTargetType(map: AuditMap, path: string): string {
  if (map.serviceType === 'unknown') return map.serviceType;
  const parts = partsOf(path);
  const named = parts.flatMap((part, index) => {
    if (map.pathKeywords.has(part)) return [part];
    const kind = map.pathKeywords.get(parts[index - 1] ?? '');
    return kind === undefined ? [] : [kind];
  });
  return [map.serviceType, ...named].join('/');
}

function partsOf(path: string): readonly string[] {
  return path.split('/').filter((part) => part !== '').map((part) => part.replace(/\.json$/, ''));
}
