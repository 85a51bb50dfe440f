import { readdirSync, readFileSync, statSync } from 'node:fs';
import { isAbsolute, join } from 'node:path';
import { parse } from 'yaml';
import { OctaviaError, reasonOf } from '../../lib/errors.ts';

/** A policy file that cannot be used; names the file. */
export class InvalidPolicyFile extends OctaviaError {
  constructor(file: string, reason: string, cause?: unknown) { super('invalid-policy-file', `Policy file ${file}: ${reason}`, { cause }); }
}

/** Where operators put their own rules (`[oslo_policy] policy_file`, `policy_dirs`). */
export interface PolicyLocations {
  readonly file: string;
  readonly dirs: readonly string[];
  /** Relative names are looked up here, first match wins. */
  readonly configDirs: readonly string[];
}

const DEFAULT_FILE = 'policy.yaml';
/** Installations from before Wallaby have it, and oslo.policy still takes it where there is no other. */
const FORMER_DEFAULT_FILE = 'policy.json';

/** Name and untouched value of each rule that the files define. Later files win; directories win over the file. Missing files are no error. */
export function readPolicyFiles(locations: PolicyLocations): ReadonlyMap<string, unknown> {
  return new Map(listPolicyFiles(locations).flatMap((file) => readRules(file)));
}

/** Changes whenever a policy file appears, goes or is written. Costs a stat per file. */
export function fingerprintPolicyFiles(locations: PolicyLocations): string {
  return listPolicyFiles(locations).map((file) => {
    const stat = statSync(file, { throwIfNoEntry: false });
    return `${file} ${stat?.mtimeMs ?? 'gone'} ${stat?.size ?? 0} ${stat?.ino ?? 0}`;
  }).join('\n');
}

function listPolicyFiles({ file, dirs, configDirs }: PolicyLocations): readonly string[] {
  const main = findExisting(file, configDirs) ?? (file === DEFAULT_FILE ? findExisting(FORMER_DEFAULT_FILE, configDirs) : null);
  const inDirs = dirs.flatMap((dir) => {
    const found = findExisting(dir, configDirs);
    if (found === null || !statSync(found).isDirectory()) return [];
    // Mounted configuration is links to files.
    return readdirSync(found).filter((name) => !name.startsWith('.')).map((name) => join(found, name))
      .filter((path) => statSync(path, { throwIfNoEntry: false })?.isFile()).toSorted();
  });
  return main === null ? inDirs : [main, ...inDirs];
}

function findExisting(name: string, configDirs: readonly string[]): string | null {
  if (name === '') return null;
  const candidates = isAbsolute(name) ? [name] : configDirs.map((dir) => join(dir, name));
  return candidates.find((path) => statSync(path, { throwIfNoEntry: false }) !== undefined) ?? null;
}

/** YAML; JSON files are YAML too. Of a rule that is named twice the last counts, as for oslo.policy. */
function readRules(file: string): readonly (readonly [string, unknown])[] {
  let content: unknown;
  try {
    content = parse(readFileSync(file, 'utf8'), { uniqueKeys: false });
  } catch (error) {
    throw new InvalidPolicyFile(file, reasonOf(error), error);
  }
  if (content === null || content === undefined) return [];
  if (typeof content !== 'object' || Array.isArray(content)) throw new InvalidPolicyFile(file, 'it must map rule names to rules');
  return Object.entries(content);
}
