import { expect, it } from 'vitest';
import { NotImplementedByProvider, ProviderConflict, ProviderError, ProviderResourceNotFound, UnsupportedOption } from '../../providers/provider-driver.ts';
import { callProvider } from './call-provider.ts';

it.each([
  [new UnsupportedOption('x'), 501, "Provider 'acme' does not support a requested option: x"],
  [new NotImplementedByProvider('x'), 501, "Provider 'acme' does not support a requested action: x"],
  [new ProviderConflict('x'), 409, 'The VIP IP address is already in use: x'],
  [new ProviderResourceNotFound('x'), 404, "Provider 'acme' reports error: x"],
  [new ProviderError('x'), 500, "Provider 'acme' reports error: x"],
  [new TypeError('x'), 500, "Provider 'acme' reports error: x"],
])('what a provider raises becomes the answer (%s)', async (error, status, message) => {
  await expect(callProvider('acme', () => Promise.reject(error))).rejects.toMatchObject({ status, message });
});
