import { isDeepStrictEqual } from 'node:util';
import { OctaviaError } from '../../lib/errors.ts';
import { addressAlone } from './config-writer.ts';
import { findDirective } from './parse-config.ts';
import type { ParsedConfig, ParsedSection } from './parse-config.ts';
import { parseServer } from './server-definition.ts';
import type { ServerDefinition } from './server-definition.ts';

/** How to bring a running haproxy to a new configuration. */
export type RuntimeChange =
  | { readonly kind: 'none' }
  | {
      readonly kind: 'runtime';
      /** For the admin socket, in order; on the first refusal (see `isRefused`) reload instead. */
      readonly commands: readonly string[];
      /**
       * `del server` of servers that `commands` put into maintenance. haproxy refuses while connections are left on
       * them, as a reload would let the old process finish those: send again later; forget them at the next reload.
       */
      readonly removals: readonly string[];
    }
  | { readonly kind: 'reload'; readonly reason: string };

/** Tells why runtime commands do not do; caught by `planChange`. */
class NeedsReload extends OctaviaError {
  constructor(reason: string) {
    super('needs-reload', reason);
  }
}

/**
 * Compares the configuration that the process runs (as last started or changed) with the wanted one. Changes of
 * members go through haproxy 2.6's runtime API, everything else needs a reload. `liveServers` holds
 * `<backend>/<server>` of `show servers state`, to notice names that are still being removed.
 * Content of certificate files is not seen here: when an uploaded file replaced one of the same name, reload.
 */
export function planChange(running: ParsedConfig, wanted: ParsedConfig, liveServers: ReadonlySet<string>): RuntimeChange {
  if (isDeepStrictEqual(comparable(running), comparable(wanted))) return { kind: 'none' };
  try {
    const commands: string[] = [];
    const removals: string[] = [];
    const loadedFiles = new Set(running.sections.flatMap((section) => section.directives.flat()));
    if (!isDeepStrictEqual(withoutServers(running), withoutServers(wanted))) throw new NeedsReload('more than members changed');
    for (const section of wanted.sections.filter((candidate) => candidate.kind === 'backend')) {
      const before = running.sections.find((candidate) => candidate.kind === 'backend' && candidate.name === section.name);
      if (!before) throw new NeedsReload('a new backend');
      const planned = planBackend(before, section, { liveServers, loadedFiles });
      commands.push(...planned.commands);
      removals.push(...planned.removals);
    }
    return commands.length === 0 ? { kind: 'none' } : { kind: 'runtime', commands, removals };
  } catch (error) {
    if (error instanceof NeedsReload) return { kind: 'reload', reason: error.message };
    throw error;
  }
}

interface Live {
  readonly liveServers: ReadonlySet<string>;
  readonly loadedFiles: ReadonlySet<string>;
}

function planBackend(before: ParsedSection, after: ParsedSection, live: Live): { commands: string[]; removals: string[] } {
  const old = serversOf(before);
  const wanted = serversOf(after);
  const backend = after.name ?? '';
  const takesServers = hasDynamicBalance(after);
  const runsScripts = findDirective(after, 'option', 'external-check') !== null;
  const commands: string[] = [];
  const removals: string[] = [];
  // Additions first: a pool whose members are all replaced never stands empty.
  for (const server of wanted.values()) {
    const path = `${backend}/${server.name}`;
    const current = old.get(server.name);
    // haproxy 2.6 prepares a script's environment at start only; for a new server the check fails or ends the process.
    if (runsScripts && (current?.address !== server.address || current.port !== server.port)) {
      throw new NeedsReload('an external check cannot learn an address');
    }
    if (current) commands.push(...changeServer(path, current, server, takesServers));
    else commands.push(...addServer(path, server, takesServers, live));
  }
  for (const server of [...old.values()].filter((candidate) => !wanted.has(candidate.name))) {
    if (!takesServers) throw new NeedsReload('a static balance algorithm cannot lose servers');
    commands.push(`set server ${backend}/${server.name} state maint`);
    removals.push(`del server ${backend}/${server.name}`);
  }
  for (const command of [...commands, ...removals]) assertSafe(command);
  return { commands, removals };
}

function addServer(path: string, server: ServerDefinition, takesServers: boolean, live: Live): string[] {
  if (!takesServers) throw new NeedsReload('a static balance algorithm cannot take servers');
  if (server.hasCookie) throw new NeedsReload('a server with a cookie cannot be added');
  if (live.liveServers.has(path)) throw new NeedsReload('a server of that name is still being removed');
  if (server.files.some((file) => !live.loadedFiles.has(file))) throw new NeedsReload('a certificate is not loaded yet');
  const check = [
    ...(server.checkAddress === null ? [] : ['addr', addressAlone(server.checkAddress)]),
    ...(server.checkPort === null ? [] : ['port', String(server.checkPort)]),
  ];
  const words = ['add server', path, `${server.address}:${server.port}`, 'weight', String(server.weight), ...server.fixedWords, ...check];
  return [
    words.join(' '),
    // New servers start in maintenance and with their checks off, whatever the line says.
    ...(server.hasCheck ? [`enable health ${path}`] : []),
    ...(server.isDisabled ? [] : [`set server ${path} state ready`]),
  ];
}

function changeServer(path: string, current: ServerDefinition, wanted: ServerDefinition, takesWeights: boolean): string[] {
  if (!isDeepStrictEqual(current.fixedWords, wanted.fixedWords)) throw new NeedsReload('options of a server changed');
  const commands: string[] = [];
  if (current.address !== wanted.address || current.port !== wanted.port) {
    // A check without an address of its own would go on to the old one.
    if (wanted.hasCheck && isIPv6Mixed(current.address, wanted.address)) throw new NeedsReload('the address family of a checked server changed');
    commands.push(`set server ${path} addr ${wanted.address} port ${wanted.port}`);
  }
  if (current.checkAddress !== wanted.checkAddress || current.checkPort !== wanted.checkPort) {
    const isUnset = (current.checkAddress !== null && wanted.checkAddress === null) || (current.checkPort !== null && wanted.checkPort === null);
    if (isUnset) throw new NeedsReload('a check cannot be set back to follow its server');
    if (wanted.checkAddress !== null) commands.push(`set server ${path} check-addr ${wanted.checkAddress}`);
    if (wanted.checkPort !== null) commands.push(`set server ${path} check-port ${wanted.checkPort}`);
  }
  if (current.weight !== wanted.weight) {
    if (!takesWeights) throw new NeedsReload('a static balance algorithm cannot change weights');
    commands.push(`set server ${path} weight ${wanted.weight}`);
  }
  if (current.isDisabled !== wanted.isDisabled) commands.push(`set server ${path} state ${wanted.isDisabled ? 'maint' : 'ready'}`);
  return commands;
}

function isIPv6Mixed(one: string, other: string): boolean {
  return one.includes(':') !== other.includes(':');
}

/** `source` keeps a fixed map unless hashing is consistent (limits.md, pitfall 7). */
function hasDynamicBalance(backend: ParsedSection): boolean {
  const [algorithm] = findDirective(backend, 'balance') ?? ['roundrobin'];
  if (algorithm === 'source') return findDirective(backend, 'hash-type')?.[0] === 'consistent';
  return algorithm === 'roundrobin' || algorithm === 'leastconn' || algorithm === 'first';
}

function serversOf(section: ParsedSection): Map<string, ServerDefinition> {
  const servers = new Map<string, ServerDefinition>();
  for (const directive of section.directives.filter(([keyword]) => keyword === 'server')) {
    const server = parseServer(directive);
    if (!server) throw new NeedsReload('a server line that this agent does not write');
    servers.set(server.name, server);
  }
  return servers;
}

/** The command line splits at blanks and `;`: words with anything unusual are left to the configuration file. */
function assertSafe(command: string): void {
  if (!/^[A-Za-z0-9 _.:/,+!@=[\]-]+$/.test(command)) throw new NeedsReload('a word that the command line would split');
}

function withoutServers(config: ParsedConfig): readonly ParsedSection[] {
  return comparable(config).map((section) => ({ ...section, directives: section.directives.filter(([keyword]) => keyword !== 'server') }));
}

/** The TLS cache follows free memory and so differs each time; a new size may wait for the next reload. */
function comparable(config: ParsedConfig): readonly ParsedSection[] {
  return config.sections.map((section) => ({ ...section, directives: section.directives.filter(([keyword]) => keyword !== 'tune.ssl.cachesize') }));
}
