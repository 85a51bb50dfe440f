import { spawnSync } from 'node:child_process';
import fs, { existsSync, mkdtempSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { openLogSink } from './log-sink.ts';
import { createLogger } from './logger.ts';

let directory: string;
let file: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'octavia-log-'));
  file = join(directory, 'octavia.log');
});
afterEach(() => {
  vi.restoreAllMocks();
  rmSync(directory, { recursive: true });
});
/** No file can be opened: as on a disk without room for another one, or in a directory that is not ours any more. */
const refuseFiles = () => vi.spyOn(fs, 'openSync').mockImplementation(() => {
  throw Object.assign(new Error('ENOSPC: no space left on device'), { code: 'ENOSPC' });
});
const text = (suffix = '') => readFileSync(`${file}${suffix}`, 'utf8');

describe('a log file', () => {
  it('is rotated by its size, and so many old ones are kept', () => {
    const sink = openLogSink(file, { rotation: { maxBytes: 10, keep: 2 } });
    for (const line of ['1234\n', '5678\n', 'second\n', 'third\n', 'a line of its own\n', 'last\n']) sink.write(line);
    expect([text(), text('.1'), text('.2')]).toEqual(['last\n', 'a line of its own\n', 'third\n']);
    expect(existsSync(`${file}.3`)).toBe(false);
  });

  it('counts what was in it before, and grows on when none is to be kept', () => {
    openLogSink(file).write('12345678\n');
    openLogSink(file, { rotation: { maxBytes: 10, keep: 0 } }).write('more\n');
    expect(text()).toBe('12345678\nmore\n');
    openLogSink(file, { rotation: { maxBytes: 10, keep: 1 } }).write('new\n');
    expect([text(), text('.1')]).toEqual(['new\n', '12345678\nmore\n']);
  });

  it('that is watched is opened anew when it was moved away or removed', async () => {
    const sink = openLogSink(file, { isWatched: true });
    sink.write('first\n');
    renameSync(file, `${file}.1`);
    await vi.waitFor(() => expect(existsSync(file)).toBe(true), { timeout: 5_000 });
    sink.write('second\n');
    expect([text('.1'), text()]).toEqual(['first\n', 'second\n']);
    rmSync(file);
    await vi.waitFor(() => expect(existsSync(file)).toBe(true), { timeout: 5_000 });
  }, 15_000);

  it('that cannot be opened anew is told of in the former one, which goes on', () => {
    const log = createLogger({ file });
    renameSync(file, `${file}.1`);
    refuseFiles();
    log.reopen();
    log.info({}, 'still here');
    expect(text('.1')).toMatch(/ENOSPC[^]*cannot be opened anew[^]*still here/);
    vi.restoreAllMocks();
    log.reopen();
    log.info({}, 'in the new one');
    expect(text()).toMatch(/^.*in the new one.*\n$/);
  });

  it('that is rotated goes on in the old one until a new one can be opened, and loses none of those kept', () => {
    const sink = openLogSink(file, { rotation: { maxBytes: 10, keep: 2 } });
    for (const line of ['12345678\n', 'second\n']) sink.write(line);
    refuseFiles();
    for (const line of ['third\n', 'fourth\n', 'fifth\n']) sink.write(line);
    expect([text('.1'), text('.2')]).toEqual(['second\nthird\nfourth\nfifth\n', '12345678\n']);
    vi.restoreAllMocks();
    sink.write('sixth\n');
    expect([text(), text('.1'), text('.2')]).toEqual(['sixth\n', 'second\nthird\nfourth\nfifth\n', '12345678\n']);
  });

  it('that is watched and cannot be opened ends nobody', async () => {
    const sink = openLogSink(file, { isWatched: true });
    renameSync(file, `${file}.1`);
    const refused = refuseFiles();
    await vi.waitFor(() => expect(refused).toHaveBeenCalled(), { timeout: 5_000 });
    vi.restoreAllMocks();
    await vi.waitFor(() => expect(existsSync(file)).toBe(true), { timeout: 5_000 });
    sink.write('new\n');
    expect(text()).toBe('new\n');
  }, 15_000);

  it('is copied to standard error when asked', () => {
    const program = `const { createLogger } = await import(${JSON.stringify(join(import.meta.dirname, 'logger.ts'))}); createLogger({ file: ${JSON.stringify(file)}, isCopiedToStandardError: true }).info({}, 'Both');`;
    const { stderr } = spawnSync(process.execPath, ['--input-type=module', '--eval', program], { encoding: 'utf8' });
    expect(text()).toContain('"msg":"Both"');
    expect(stderr).toContain('"msg":"Both"');
  });
});
