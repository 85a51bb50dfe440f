import { mkdtempSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { OctaviaError } from '../lib/errors.ts';
import { createLogger, type LoggerOptions } from './logger.ts';

function collecting(options: LoggerOptions = {}) {
  const lines: string[] = [];
  const log = createLogger({ json: true, ...options, write: (line) => lines.push(line) });
  return { log, lines, events: () => lines.map((line) => JSON.parse(line) as Record<string, unknown>) };
}

describe('the logger', () => {
  it('writes one JSON line per event with constant message and fields', () => {
    const { log, lines, events } = collecting({ name: 'octavia-api' });
    log.child({ lb: 'x' }).warn({ attempt: 2, text: 'a\nb' }, 'Something happened');
    expect(lines[0]?.match(/\n/g)).toHaveLength(1);
    expect(events()[0]).toMatchObject({ level: 'warn', name: 'octavia-api', lb: 'x', attempt: 2, text: 'a\nb', msg: 'Something happened' });
  });

  it.each([
    { password: 'hush' }, { heartbeat_key: 'hush' }, { headers: { 'x-auth-token': 'hush' } }, { a: { b: { passphrase: 'hush' } } },
    { listener: { tls: { privateKey: 'hush' } } }, { a: { b: { c: { transport_url: 'hush' } } } },
  ])('never writes a secret (%j)', (fields) => {
    const { log, lines } = collecting();
    log.error(fields, 'Failed');
    expect(lines[0]).not.toContain('hush');
    expect(lines[0]).toContain('***');
  });

  it('keeps code and cause of an error', () => {
    const { log, events } = collecting();
    log.error({ err: new OctaviaError('some-code', 'Sentence.', { cause: new Error('root') }) }, 'Failed');
    expect(events()[0]).toMatchObject({ err: { code: 'some-code', message: 'Sentence.', cause: { message: 'root' } } });
  });

  it('changes its level for existing children too', () => {
    const { log, events } = collecting();
    const child = log.child({ a: 1 });
    child.debug({}, 'hidden');
    log.setLevel('debug');
    child.debug({}, 'shown');
    expect(events().map((event) => event['msg'])).toEqual(['shown']);
    expect(collecting({ debug: true, level: 'error' }).events()).toEqual([]);
  });

  it('writes text for people when asked', () => {
    const { log, lines } = collecting({ json: false });
    log.info({ lb: 'a-b', reason: 'two words', n: 3 }, 'Load balancer is up');
    expect(lines[0]).toMatch(/^\d\d:\d\d:\d\d\.\d{3} INFO {2}Load balancer is up lb=a-b reason="two words" n=3\n$/);
  });

  it('outlives a full disk', async () => {
    const log = createLogger({ file: '/dev/full' });
    for (let line = 0; line < 20; line += 1) log.warn({ line }, 'No space left');
    // Errors of the stream would come with the next turns.
    await new Promise((resolve) => setImmediate(resolve));
    expect(() => log.flush()).not.toThrow();
  });

  it('follows a log rotation after reopen', () => {
    const directory = mkdtempSync(join(tmpdir(), 'octavia-log-'));
    const file = join(directory, 'a', 'octavia.log');
    const log = createLogger({ file });
    log.info({}, 'first');
    renameSync(file, `${file}.1`);
    log.reopen();
    log.info({}, 'second');
    log.flush();
    expect(readFileSync(`${file}.1`, 'utf8')).toContain('first');
    expect(readFileSync(file, 'utf8')).toContain('second');
    rmSync(directory, { recursive: true });
  });
});
