import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { optionGroups } from './config.ts';
import type { OptionTable } from './options/option.ts';

const root = join(import.meta.dirname, '..');
const isProduct = (file: string): boolean => file.endsWith('.ts') && !/\.test\.ts$|^config\/options\/|(^|\/)testing\/|^amphora\/agent\/|^minicloud\//.test(file);

/** Names that the product's code reads: a property, a name taken out of an object, or one in quotes. */
const read = new Set(readdirSync(root, { recursive: true, encoding: 'utf8' }).filter(isProduct).flatMap((file) => {
  const code = readFileSync(join(root, file), 'utf8').replaceAll(/\/\*[\s\S]*?\*\//g, '').replaceAll(/^\s*\/\/.*$/gm, '');
  return [...code.matchAll(/(?:\.|[{,]\s*|')([a-z][a-z0-9_]+)\b/g)].map((match) => match[1]);
}));

it('every option is read somewhere, or says why it has no effect', () => {
  const silent = Object.entries(optionGroups).flatMap(([group, options]) => {
    const table: OptionTable = options;
    return Object.entries(table).flatMap(([name, { unused }]) => (read.has(name) || unused !== undefined ? [] : [`[${group}] ${name}`]));
  });
  expect(silent).toEqual([]);
});

it('no option that says so is read after all', () => {
  const used = Object.entries(optionGroups).flatMap(([group, options]) => {
    const table: OptionTable = options;
    // Single words and regions name many things; and what the files of amphorae say is for the agents there.
    return Object.entries(table).flatMap(([name, { unused }]) => (unused !== undefined && name.includes('_') && !/syslog|^region_name$/.test(name) && read.has(name) ? [`[${group}] ${name}`] : []));
  });
  expect(used).toEqual([]);
});
