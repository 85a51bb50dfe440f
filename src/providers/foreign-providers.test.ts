import { expect, it } from 'vitest';
import { foreignProviders, longestIdleTransactionMs } from './foreign-providers.ts';

it('lets a transaction wait for a provider for as long as that may take, and for ours no longer than a halted process may', () => {
  const settings = { provider_modules: {}, provider_request_timeout: 60 };
  const ours = { ...settings, enabled_provider_drivers: { amphora: '', octavia: '' } };
  expect([foreignProviders(ours), longestIdleTransactionMs(ours)]).toEqual([[], 10_000]);
  const ovn = { ...settings, enabled_provider_drivers: { amphora: '', ovn: '' } };
  expect([foreignProviders(ovn), longestIdleTransactionMs(ovn)]).toEqual([['ovn'], 70_000]);
  expect(foreignProviders({ ...ours, provider_modules: { amphora: './own.js' } })).toEqual(['amphora']);
});
