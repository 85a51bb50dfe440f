import { expect, it } from 'vitest';
import { TLS_VERSIONS } from '../../src/model/enums.ts';
import { createBody, initialValues, updateBody } from '../../dashboard/src/forms/form-values.ts';
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

it('takes the key off a rule whose new type has none, so that the API does not refuse what nobody can see', () => {
  const { fields } = DEFINITIONS.rule;
  const shown = { type: 'HEADER', compare_type: 'EQUAL_TO', key: 'X-Stage', value: 'beta' };
  const before = initialValues(fields, 'update', shown);
  const values = { ...before, type: 'SSL_CONN_HAS_CERT', value: 'true' };
  const body = updateBody(fields, withoutHidden('rule', values, {}), before);
  expect(body).toEqual({ type: 'SSL_CONN_HAS_CERT', key: null, value: 'true' });
  expect(brokenRule('rule', { ...visiblePart('rule', shown, values, {}), ...body })).toBeNull();
  expect(createBody(fields, 'nested', withoutHidden('rule', values, {}))).not.toHaveProperty('key');
});
