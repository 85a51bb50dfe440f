import { expect, it } from 'vitest';
import { initialValues, updateBody } from '../../dashboard/src/forms/form-values.ts';
import { DEFINITIONS, visiblePart, withoutHidden } from '../../dashboard/src/forms/layout.ts';
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
