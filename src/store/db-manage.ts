import { OctaviaError } from '../lib/errors.ts';
import type { Store } from './database.ts';
import { inspectSchema, stampRevision, upgradeHead } from './schema/migrate.ts';
import { HEAD, isKnownRevision, REVISIONS } from './schema/revisions.ts';

/** A command of db-manage that cannot be carried out. */
export class DbManageError extends OctaviaError {
  constructor(message: string) {
    super('db-manage-refused', message);
  }
}

/**
 * The commands of octavia-db-manage: `upgrade head`, `current`, `history`, `branches`, `stamp REVISION`, `check_migration`,
 * `upgrade_persistence`. Returns the lines to print; throws DbManageError with the sentence for standard error.
 */
export async function dbManage(store: Store, command: string, args: readonly string[] = []): Promise<readonly string[]> {
  switch (command) {
    case 'upgrade':
      return await upgrade(store, args);
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
    case 'downgrade':
      throw new DbManageError('Downgrade no longer supported');
    default:
      throw new DbManageError(`unknown command ${command}: use upgrade head, current, history, branches, stamp, check_migration or upgrade_persistence`);
  }
}

async function upgrade(store: Store, args: readonly string[]): Promise<readonly string[]> {
  const [revision] = args;
  if (!revision) throw new DbManageError('You must provide a revision or relative delta');
  if (revision.startsWith('-')) throw new DbManageError('Negative relative revision (downgrade) not supported');
  if (resolve(revision) !== HEAD) throw new DbManageError(`only head (${HEAD}) can be upgraded to`);
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
