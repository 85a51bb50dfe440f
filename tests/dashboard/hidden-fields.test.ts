import { expect, it } from 'vitest';
import { TLS_VERSIONS } from '../../src/model/enums.ts';
import { initialValues, updateBody } from '../../dashboard/src/forms/form-values.ts';
import { choicesOf, DEFINITIONS, visiblePart, withoutHidden } from '../../dashboard/src/forms/layout.ts';
import { brokenRule } from '../../dashboard/src/forms/rules.ts';

it('lets HSTS be switched off by emptying its age, though switches that are then hidden are on', () => {
  const { fields } = DEFINITIONS.listener;
  const shown = { protocol: 'TERMINATED_HTTPS', hsts_max_age: 3600, hsts_include_subdomains: true, hsts_preload: false };
  const before = initialValues(fields, 'update', shown);
  const values = { ...initialValues(fields, 'create', shown), ...before, hsts_max_age: '' };
  const body = updateBody(fields, withoutHidden('listener', values, {}), before);
  expect(body).toEqual({ hsts_max_age: null });
  expect(brokenRule('listener', { ...visiblePart('listener', shown, values, {}), ...body })).toBeNull();
});

it.each(['listener', 'pool'] as const)('offers every TLS version for a %s, also those that it does not have', (kind) => {
  expect(choicesOf(kind, 'tls_versions', {})).toEqual(TLS_VERSIONS);
});
