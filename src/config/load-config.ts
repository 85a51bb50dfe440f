import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { reasonOf } from '../lib/errors.ts';
import { ConfigError } from './config-error.ts';
import { type Config, type ConfigOverrides, optionGroups } from './config.ts';
import { crossCheck } from './cross-checks.ts';
import { type Assignment, parseIni } from './ini.ts';
import { fillNeutronFromServiceAuth } from './neutron-fallback.ts';
import { resolveOptions } from './resolve-options.ts';

/** Where a configuration comes from: later files win over earlier ones, directories over files, then environment, then overrides. */
export interface ConfigSources {
  /** octavia.conf files. */
  readonly files?: readonly string[];
  /** --config-dir: every *.conf in it, by name. */
  readonly dirs?: readonly string[];
  readonly overrides?: ConfigOverrides;
  /** @default process.env; OS_<GROUP>__<OPTION> sets an option. */
  readonly env?: Readonly<Record<string, string | undefined>>;
}

export interface LoadedConfig {
  readonly config: Config;
  /** Things that work but deserve a log line: unknown or deprecated options and groups. */
  readonly warnings: readonly string[];
  /** Options that are set and have no effect here, each with the reason. */
  readonly withoutEffect: readonly string[];
}

/** Reads, checks and freezes a configuration; throws ConfigError. Use `loadConfigWithWarnings` to log what was odd. */
export function loadConfig(sources: ConfigSources = {}): Config {
  return loadConfigWithWarnings(sources).config;
}

/** As `loadConfig`, with the warnings for the log. */
export function loadConfigWithWarnings(sources: ConfigSources = {}): LoadedConfig {
  const env = sources.env ?? process.env;
  const assignments = [...(sources.files ?? []), ...(sources.dirs ?? []).flatMap(confFiles)].flatMap(readAssignments);
  const { values, isSet, warnings, withoutEffect } = resolveOptions([...assignments, ...fromEnvironment(env)], env);
  for (const [group, options] of Object.entries(sources.overrides ?? {})) {
    for (const [name, value] of Object.entries(options)) {
      if (value === undefined) continue;
      isSet.add(`${group}/${name}`);
      values[group] = { ...values[group], [name]: value };
    }
  }
  fillNeutronFromServiceAuth(values, isSet);
  for (const group of Object.values(values)) Object.freeze(group);
  // The tables that made `values` are the ones `Config` is inferred from.
  const config = Object.freeze(values) as unknown as Config;
  crossCheck(config);
  return { config, warnings, withoutEffect };
}

/**
 * The configuration after SIGHUP: `current` with the mutable options of `fresh`. `ignored` names options that differ
 * but need a restart.
 */
export function applyMutableOptions(current: Config, fresh: Config): { config: Config; ignored: readonly string[] } {
  const ignored: string[] = [];
  const merged = Object.entries(optionGroups).map(([group, options]) => {
    const before = Object.entries(current).find(([name]) => name === group)?.[1] ?? {};
    const after = new Map(Object.entries(Object.entries(fresh).find(([name]) => name === group)?.[1] ?? {}));
    const table: Readonly<Record<string, { readonly isMutable: boolean }>> = options;
    const values = Object.entries(before).map(([name, value]) => {
      const changed = after.get(name);
      if (JSON.stringify(changed) === JSON.stringify(value)) return [name, value];
      if (table[name]?.isMutable) return [name, changed];
      ignored.push(`[${group}] ${name}`);
      return [name, value];
    });
    return [group, Object.freeze(Object.fromEntries(values))];
  });
  return { config: Object.freeze(Object.fromEntries(merged)) as Config, ignored };
}

function confFiles(dir: string): string[] {
  try {
    return readdirSync(dir).filter((name) => name.endsWith('.conf')).toSorted().map((name) => join(dir, name));
  } catch (cause) {
    throw new ConfigError({ file: dir, reason: `the configuration directory cannot be read (${reasonOf(cause)})`, cause });
  }
}

function readAssignments(file: string): Assignment[] {
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch (cause) {
    throw new ConfigError({ file, reason: `the configuration file cannot be read (${reasonOf(cause)})`, cause });
  }
  return parseIni(text, file);
}

function fromEnvironment(env: Readonly<Record<string, string | undefined>>): Assignment[] {
  return Object.entries(optionGroups).flatMap(([group, options]) =>
    Object.keys(options).flatMap((name) => {
      const variable = `OS_${group.toUpperCase()}__${name.toUpperCase()}`;
      const value = env[variable];
      return value === undefined ? [] : [{ group, name, value, file: `environment variable ${variable}`, line: 1 }];
    }),
  );
}
