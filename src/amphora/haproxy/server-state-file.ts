import { parseServer } from './server-definition.ts';
import type { ServerDefinition } from './server-definition.ts';
import type { ParsedConfig } from './parse-config.ts';
import { CONFIGURED_MAINTENANCE, FORCED_DRAIN, FORCED_MAINTENANCE, serverStateRows } from './read-stats.ts';

const MAINTENANCE = FORCED_MAINTENANCE | CONFIGURED_MAINTENANCE;

/**
 * Prepares a `show servers state` dump for `server-state-file` before a reload: health results are kept, but weight,
 * address, port and admin state become those of the wanted configuration. haproxy would otherwise carry values set at
 * runtime over the reload and so undo what the new file says. Servers that the file no longer names are dropped, and those
 * in maintenance: nobody checked them, so they start as the file says.
 */
export function prepareServerState(dump: string, wanted: ParsedConfig): string {
  const definitions = definitionsByPath(wanted);
  const rows = serverStateRows(dump);
  const header = [...(rows[0]?.keys() ?? [])];
  const lines = rows.flatMap((row) => {
    const server = definitions.get(`${row.get('be_name')}/${row.get('srv_name')}`);
    if (!server || (adminState(row) & MAINTENANCE) !== 0) return [];
    const changed = new Map([...row, ...overrides(row, server)]);
    return [header.map((name) => changed.get(name) ?? '-').join(' ')];
  });
  return `1\n# ${header.join(' ')}\n${lines.map((line) => `${line}\n`).join('')}`;
}

function overrides(row: ReadonlyMap<string, string>, server: ServerDefinition): readonly (readonly [string, string])[] {
  const others = adminState(row) & ~FORCED_DRAIN;
  const checkAddress = server.checkAddress ?? '-';
  return [
    ['srv_addr', server.address],
    ['srv_port', String(server.port)],
    ['srv_uweight', String(server.weight)],
    ['srv_iweight', String(server.weight)],
    ['srv_admin_state', String(server.isDisabled ? others | MAINTENANCE : others)],
    ['srv_check_port', String(server.checkPort ?? 0)],
    ['srv_check_addr', checkAddress],
  ];
}

function adminState(row: ReadonlyMap<string, string>): number {
  return Number(row.get('srv_admin_state') ?? 0);
}

function definitionsByPath(config: ParsedConfig): Map<string, ServerDefinition> {
  const definitions = new Map<string, ServerDefinition>();
  for (const section of config.sections.filter((candidate) => candidate.kind === 'backend')) {
    for (const directive of section.directives) {
      const server = parseServer(directive);
      if (server) definitions.set(`${section.name}/${server.name}`, server);
    }
  }
  return definitions;
}
