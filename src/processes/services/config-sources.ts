import { existsSync } from 'node:fs';
import { homedir } from 'node:os';
import { dirname, join } from 'node:path';

/** What the command line said of the configuration. */
export interface ServiceFiles {
  readonly configFile: readonly string[];
  readonly configDir: readonly string[];
}

/** Directories that oslo.config searches, the first that has a file wins. */
const SEARCHED = (home: string) => [join(home, '.octavia'), home, '/etc/octavia', '/etc'];

/**
 * Files and directories to read: those of the command line, else the ones where the original's programs look (octavia.conf
 * and <program>.conf, and their .conf.d directories). `program` is octavia-api, octavia-worker ...
 */
export function configSources(program: string, given: ServiceFiles, exists: (path: string) => boolean = existsSync, home: string = homedir()): { readonly files: readonly string[]; readonly dirs: readonly string[] } {
  const find = (name: string): string[] => {
    const found = SEARCHED(home).map((directory) => join(directory, name)).find(exists);
    return found === undefined ? [] : [found];
  };
  const names = program === 'octavia' ? ['octavia'] : ['octavia', program];
  return {
    files: given.configFile.length > 0 ? given.configFile : names.flatMap((name) => find(`${name}.conf`)),
    dirs: given.configDir.length > 0 ? given.configDir : names.flatMap((name) => find(`${name}.conf.d`)),
  };
}

/** Where relative policy files are looked for: beside the configuration, then where the original has it. */
export function policyDirectories({ files, dirs }: { readonly files: readonly string[]; readonly dirs: readonly string[] }): readonly string[] {
  return [...dirs, ...files.map((file) => dirname(file)), '/etc/octavia'];
}
