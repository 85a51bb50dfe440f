import { OctaviaError } from '../lib/errors.ts';
import type { Store } from './database.ts';
import { inspectSchema, stampRevision, upgradeHead } from './schema/migrate.ts';
import { HEAD, isKnownRevision, REVISIONS } from './schema/revisions.ts';
import { upgradeScript } from './schema/upgrade-script.ts';

/** A command of db-manage that cannot be carried out. */
export class DbManageError extends OctaviaError {
  constructor(message: string) {
    super('db-manage-refused', message);
  }
}

/** Options of the command line. */
export interface DbManageOptions {
  /** `upgrade head` prints its statements and runs none. */
  readonly sql?: boolean;
  readonly delta?: string;
}

/**
 * The commands of octavia-db-manage: `upgrade head`, `current`, `history`, `branches`, `stamp REVISION`, `check_migration`,
 * `upgrade_persistence`. Returns the lines to print; throws DbManageError with the sentence for standard error.
 */
export async function dbManage(store: Store, command: string, args: readonly string[] = [], { sql = false, delta }: DbManageOptions = {}): Promise<readonly string[]> {
  if (sql && command !== 'upgrade') throw new DbManageError(`--sql goes with upgrade, not with ${command}`);
  switch (command) {
    case 'upgrade':
      if (delta !== undefined) throw new DbManageError('--delta is not supported: the schema is brought to head in one step (upgrade head)');
      return await upgrade(store, args, sql);
    case 'current': {
      const { revision, isHead } = await inspectSchema(store);
      return revision === null ? [] : [isHead ? `${revision} (head)` : revision];
    }
    case 'history':
      return REVISIONS.map((revision, index) => `${REVISIONS[index - 1] ?? '<base>'} -> ${revision}${revision === HEAD ? ' (head)' : ''}`).toReversed();
    case 'branches':
      // The original's history is one line.
      return [];
    case 'check_migration':
      return await check(store);
    case 'stamp': {
      const revision = resolve(args[0]);
      await stampRevision(store, revision);
      return [`stamped ${revision}`];
    }
    case 'upgrade_persistence':
      return ['Nothing to do: work in progress is kept in the main database.'];
    case 'revision':
      throw new DbManageError('revision is not supported: the schema follows from the definitions of this version, there are no migrations to write');
    case 'downgrade':
      throw new DbManageError('Downgrade no longer supported');
    default:
      throw new DbManageError(`unknown command ${command}: use upgrade head, current, history, branches, stamp, check_migration or upgrade_persistence`);
  }
}

async function upgrade(store: Store, args: readonly string[], isScript: boolean): Promise<readonly string[]> {
  const [revision] = args;
  if (!revision) throw new DbManageError('You must provide a revision or relative delta');
  if (revision.startsWith('-')) throw new DbManageError('Negative relative revision (downgrade) not supported');
  if (resolve(revision) !== HEAD) throw new DbManageError(`only head (${HEAD}) can be upgraded to: the schema is brought there in one step`);
  if (isScript) return await upgradeScript(store);
  const { from, to, changes } = await upgradeHead(store);
  return [...changes.map((change) => `added ${change}`), from === to ? `already at ${to}` : `upgraded ${from ?? 'an empty database'} to ${to}`];
}

async function check(store: Store): Promise<readonly string[]> {
  const { revision, missingTables, missingColumns, isNewer } = await inspectSchema(store);
  const missing = [...missingTables.map((name) => `table ${name}`), ...missingColumns.map((name) => `column ${name}`)];
  if (missing.length > 0) throw new DbManageError(`the database (${revision ?? 'without a revision'}) lacks ${missing.join(', ')}: run upgrade head`);
  return [isNewer ? `${revision} is newer than ${HEAD}, and complete for us` : `${revision ?? '<none>'} is complete`];
}

function resolve(text: string | undefined): string {
  if (!text) throw new DbManageError('You must provide a revision');
  if (text === 'head' || text === 'heads') return HEAD;
  const [match, ...others] = REVISIONS.filter((revision) => revision.startsWith(text));
  if (match && (others.length === 0 || isKnownRevision(text))) return isKnownRevision(text) ? text : match;
  throw new DbManageError(match ? `${text} stands for more than one revision` : `there is no revision ${text}`);
}
