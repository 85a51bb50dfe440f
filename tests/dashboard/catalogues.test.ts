import { expect, it } from 'vitest';
import { en } from '../../dashboard/src/i18n/en/index.ts';
import { vi } from '../../dashboard/src/i18n/vi/index.ts';
import { zh } from '../../dashboard/src/i18n/zh/index.ts';
import { formFields } from '../../dashboard/src/forms/form-values.ts';
import { DEFINITIONS, LAYOUT, type FormKind } from '../../dashboard/src/forms/layout.ts';

/** The API takes these for `loadbalancer` and `healthmonitor`. */
const OLD_SPELLINGS = ['load_balancer', 'health_monitor'];

const placeholders = (text: string) => [...text.matchAll(/\{(\w+)\}/g)].map(([, name]) => name).toSorted();

it.each([['vi', vi], ['zh', zh]] as const)('%s has every text of the English catalogue, with the same values in it', (_language, catalogue) => {
  expect(Object.keys(catalogue).toSorted()).toEqual(Object.keys(en).toSorted());
  for (const [key, text] of Object.entries(en)) {
    const translated = new Map<string, string>(Object.entries(catalogue)).get(key) ?? '';
    expect(translated, key).not.toBe('');
    expect(placeholders(translated), key).toEqual(placeholders(text));
  }
});

it.each(Object.keys(DEFINITIONS) as FormKind[])('every field of a %s that the API takes is in its form, with a label', (kind) => {
  const inForm = LAYOUT[kind].flatMap(({ fields }) => fields);
  // Where an object belongs is decided by the page it is made on.
  const byPlace = new Set(['loadbalancer_id', 'pool_id', ...(kind === 'l7policy' ? ['listener_id'] : []), ...(kind === 'quota' ? OLD_SPELLINGS : [])]);
  for (const use of ['create', 'update'] as const) {
    const taken = formFields(DEFINITIONS[kind].fields, use).filter((name) => !byPlace.has(name));
    expect(taken.filter((name) => !inForm.includes(name))).toEqual([]);
    expect(taken.filter((name) => !(`field.${name}` in en) && !(`field.${kind}.${name}` in en))).toEqual([]);
  }
});
