import { afterEach, expect, it, vi } from 'vitest';
import { copyText } from '../../dashboard/src/components/copy-text.ts';

afterEach(() => vi.unstubAllGlobals());

/** A browser as far as copying goes, and what it was asked to do. */
function stubBrowser({ isSecure, isAllowed = true }: { isSecure: boolean; isAllowed?: boolean }): string[] {
  const asked: string[] = [];
  vi.stubGlobal('isSecureContext', isSecure);
  vi.stubGlobal('navigator', isSecure ? { clipboard: { writeText: async (text: string) => (isAllowed ? void asked.push(text) : Promise.reject(new Error('not allowed'))) } } : {});
  vi.stubGlobal('getSelection', () => ({ selectAllChildren: (shown: unknown) => asked.push(`choose ${String(shown)}`) }));
  vi.stubGlobal('document', { execCommand: (what: string) => asked.push(what) > 0 });
  return asked;
}

it.each([
  ['over TLS', { isSecure: true }, ['curl']],
  ['without TLS', { isSecure: false }, ['choose the block', 'copy']],
  ['where the browser does not allow it', { isSecure: true, isAllowed: false }, ['choose the block', 'copy']],
])('copies %s', async (_where, browser, expected) => {
  const asked = stubBrowser(browser);
  expect(await copyText('curl', 'the block' as unknown as Element)).toBe(true);
  expect(asked).toEqual(expected);
});
