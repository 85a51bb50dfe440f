import { writeFileSync } from 'node:fs';
import { startTestApi } from '../testing/test-api.ts';

/** Where the description of the API is published. */
export const PUBLISHED = new URL('../../../docs/openapi.json', import.meta.url);

/** The document as a running API answers it, laid out for readers of its changes. */
export async function publishedDocument(): Promise<string> {
  const api = await startTestApi();
  try {
    const { json } = await api.call('GET', '/v2.0/octavia/openapi.json');
    return `${JSON.stringify(json, null, 1)}\n`;
  } finally {
    await api.close();
  }
}

// `node src/api/openapi/write-openapi.ts` writes it anew.
if (import.meta.main) writeFileSync(PUBLISHED, await publishedDocument());
