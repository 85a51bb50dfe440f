import { ConfigError } from './config-error.ts';
import { optionGroups } from './config.ts';
import type { Assignment } from './ini.ts';
import { BadReference, interpolate } from './interpolate.ts';
import { BadValue, type Option, textOf } from './options/option.ts';
import { whyWithoutEffect } from './options/without-effect.ts';

export interface ResolvedOptions {
  /** By group and name, complete. */
  readonly values: Record<string, Record<string, unknown>>;
  /** `group/name` of every option that somebody set. */
  readonly isSet: Set<string>;
  readonly warnings: readonly string[];
  readonly withoutEffect: readonly string[];
}

const tables: Readonly<Record<string, Readonly<Record<string, Option<unknown>>>>> = optionGroups;

/** From written texts to typed values: names and former names, references, types, ranges and choices. */
export function resolveOptions(assignments: readonly Assignment[], env: Readonly<Record<string, string | undefined>>): ResolvedOptions {
  const { written, warnings, withoutEffect } = sortByOption(assignments);
  const values: Record<string, Record<string, unknown>> = {};
  for (const [group, table] of Object.entries(tables)) {
    const groupValues: Record<string, unknown> = {};
    for (const [name, option] of Object.entries(table)) groupValues[name] = valueOf({ group, name, option }, written, env);
    values[group] = groupValues;
  }
  return { values, isSet: new Set(written.keys()), warnings, withoutEffect: [...withoutEffect, ...unusedAmong(written, values)] };
}

type Written = ReadonlyMap<string, readonly Assignment[]>;

/** Those that were set to something else than what they are anyway. */
function unusedAmong(written: Written, values: ResolvedOptions['values']): string[] {
  return [...written].flatMap(([place, found]) => {
    const [group = '', name = ''] = place.split('/');
    const option = tables[group]?.[name];
    if (option?.unused === undefined || textOf(values[group]?.[name]) === textOf(option.default)) return [];
    return [hasNoEffect(found.at(-1), option.unused)];
  });
}

function hasNoEffect(assignment: Assignment | undefined, why: string): string {
  return `${assignment?.file}: [${assignment?.group}] ${assignment?.name} is set and has no effect here: ${why}`;
}

function sortByOption(assignments: readonly Assignment[]): { written: Written; warnings: string[]; withoutEffect: string[] } {
  const names = new Map<string, string>();
  for (const [group, table] of Object.entries(tables)) {
    for (const [name, option] of Object.entries(table)) {
      for (const former of option.deprecatedNames) {
        const [formerGroup = '', formerName = ''] = former.includes('/') ? former.split('/') : [group, former];
        names.set(`${groupOf(formerGroup)}/${formerName}`, `${group}/${name}`);
      }
    }
  }
  const written = new Map<string, Assignment[]>();
  const former = new Set<Assignment>();
  const warnings = new Set<string>();
  const withoutEffect = new Set<string>();
  for (const assignment of assignments) {
    const group = groupOf(assignment.group);
    const underscored = assignment.name.replaceAll('-', '_');
    const option = tables[group]?.[underscored];
    const target = option ? `${group}/${underscored}` : (names.get(`${group}/${assignment.name}`) ?? names.get(`${group}/${underscored}`));
    if (target === undefined) {
      const why = whyWithoutEffect(group, underscored);
      if (why !== null) {
        withoutEffect.add(hasNoEffect(assignment, why));
        continue;
      }
      warnings.add(`${assignment.file}: ${group in tables ? `unknown option [${assignment.group}] ${assignment.name}` : `unknown group [${assignment.group}]`}`);
      continue;
    }
    if (option?.deprecatedFor) warnings.add(`${assignment.file}: [${assignment.group}] ${assignment.name} is deprecated: ${option.deprecatedFor}`);
    if (!option) warnings.add(`${assignment.file}: [${assignment.group}] ${assignment.name} is now [${target.replace('/', '] ')}`);
    const found = written.get(target) ?? [];
    if (!option) former.add(assignment);
    // Wherever they stand in a file, the present name wins there over a former one; a later file wins under either.
    const rival = option ? -1 : found.findIndex((one) => one.file === assignment.file && !former.has(one));
    written.set(target, found.toSpliced(rival < 0 ? found.length : rival, 0, assignment));
  }
  return { written, warnings: [...warnings], withoutEffect: [...withoutEffect] };
}

/** oslo.config tells groups apart whatever their case; DEFAULT alone is written so. */
function groupOf(written: string): string {
  return written === 'DEFAULT' ? written : written.toLowerCase();
}

interface Place {
  readonly group: string;
  readonly name: string;
  readonly option: Option<unknown>;
}

function valueOf(place: Place, written: Written, env: Readonly<Record<string, string | undefined>>): unknown {
  const found = written.get(`${place.group}/${place.name}`) ?? [];
  const last = found.at(-1);
  if (!last) {
    const fromEnv = place.option.defaultFromEnv ? env[place.option.defaultFromEnv] : undefined;
    return fromEnv === undefined ? place.option.default : parseAt(place, fromEnv, `environment variable ${place.option.defaultFromEnv}`);
  }
  const parsed = (place.option.combine ? found : [last]).map((one) => parseAt(place, substituted(place, one, written, []), one.file));
  return place.option.combine ? place.option.combine(parsed) : parsed[0];
}

function parseAt(place: Place, text: string, file: string): unknown {
  try {
    return place.option.parse(text);
  } catch (cause) {
    if (!(cause instanceof BadValue)) throw cause;
    throw failure(place, text, file, cause);
  }
}

function substituted(place: Place, assignment: Assignment, written: Written, path: readonly string[]): string {
  const self = `${place.group}/${place.name}`;
  if (path.includes(self)) throw failure(place, assignment.value, assignment.file, new BadReference(`refers to itself: ${[...path, self].join(' > ')}`));
  const lookUp = (name: string) => {
    const [head = '', ...tail] = name.split('.');
    const candidates = tail.length > 0 ? [[head, tail.join('.')]] : [[place.group, name], ['DEFAULT', name]];
    for (const [group = '', option = ''] of candidates) {
      const target = tables[group]?.[option];
      if (!target) continue;
      const text = written.get(`${group}/${option}`)?.at(-1);
      return text ? substituted({ group, name: option, option: target }, text, written, [...path, self]) : textOf(target.default);
    }
    return undefined;
  };
  try {
    return interpolate(assignment.value, lookUp);
  } catch (cause) {
    if (!(cause instanceof BadReference)) throw cause;
    throw failure(place, assignment.value, assignment.file, cause);
  }
}

function failure(place: Place, value: string, file: string, cause: Error): ConfigError {
  return new ConfigError({ file, group: place.group, option: place.name, value: place.option.isSecret ? null : value, reason: cause.message, cause });
}
