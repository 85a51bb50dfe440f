import { open, stat } from 'node:fs/promises';
import { NEWEST_LOG_LINES, type AccessLogPart } from '../../protocol/agent-api.ts';
import { isMissingFile } from '../../../lib/missing-file.ts';

/** Of one answer. */
const MAX_BYTES = 128 * 1024;
/** Of the first one. */
const NEWEST_BYTES = 32 * 1024;

/** Whole lines of a log file after a cursor (`<inode>-<offset>`), or its newest. A file that was set aside meanwhile is begun anew. */
export async function readLog(path: string, cursor: string): Promise<Omit<AccessLogPart, 'isKept'>> {
  const found = await stat(path).catch((error: unknown) => {
    if (isMissingFile(error)) return null;
    throw error;
  });
  if (found === null) return { cursor: '0-0', lines: [], isCut: false };
  const isFirst = cursor === NEWEST_LOG_LINES;
  const [inode = 0, offset = 0] = isFirst ? [] : cursor.split('-').map(Number);
  const known = inode === found.ino && offset <= found.size ? offset : 0;
  const start = Math.max(known, found.size - (isFirst ? NEWEST_BYTES : MAX_BYTES));
  const text = await readText(path, start, found.size);
  // What begins in the middle of a line, and a line whose end has not come, are left out.
  const from = start > known ? text.indexOf('\n') + 1 : 0;
  const end = text.lastIndexOf('\n') + 1;
  return { cursor: `${found.ino}-${start + end}`, lines: text.slice(from, Math.max(from, end)).split('\n').filter((line) => line !== ''), isCut: start > known && !isFirst };
}

async function readText(path: string, start: number, end: number): Promise<string> {
  if (end <= start) return '';
  const handle = await open(path, 'r');
  try {
    const { buffer, bytesRead } = await handle.read(Buffer.alloc(end - start), 0, end - start, start);
    return buffer.toString('latin1', 0, bytesRead);
  } finally {
    await handle.close();
  }
}
