import fc from 'fast-check';
import { afterAll, expect, test } from 'vitest';
import { createLauncher } from './launcher.ts';
import { run, runThrough, runThroughLauncher } from './run.ts';

const launcher = createLauncher();
afterAll(() => launcher.close());

test('every argument and input arrives as it is, whatever a shell would make of it', async () => {
  const text = fc.string({ unit: 'binary', maxLength: 60 }).filter((value) => !value.includes('\0'));
  await fc.assert(fc.asyncProperty(fc.array(text, { maxLength: 4 }), text, async (args, input) => {
    const { stdout } = await launcher.launch({ command: 'printf', args: ['%s\\037', ...args], input: '' }).result;
    expect(stdout).toBe(args.length === 0 ? '\u001f' : args.map((arg) => `${arg}\u001f`).join(''));
    expect((await launcher.launch({ command: 'cat', args: [], input }).result).stdout).toBe(input);
  }), { numRuns: 40 });
});

test('output, errors, status, environment and directory are the program\'s own', async () => {
  const { result } = launcher.launch({ command: 'sh', args: ['-c', 'pwd; echo "$NAME" >&2; exit 3'], input: '', env: { NAME: 'it\'s $HOME' }, cwd: '/usr' });
  expect(await result).toEqual({ exitCode: 3, stdout: '/usr\n', stderr: 'it\'s $HOME\n' });
});

test('many run side by side without mixing', async () => {
  const results = await Promise.all(Array.from({ length: 100 }, (_, index) => launcher.launch({ command: 'echo', args: [String(index)], input: '' }).result));
  expect(results.map(({ stdout }) => stdout)).toEqual(Array.from({ length: 100 }, (_, index) => `${index}\n`));
});

test('one that is killed at any moment ends, and the others do not notice', async () => {
  for (let round = 0; round < 10; round += 1) {
    const doomed = launcher.launch({ command: 'sleep', args: ['100'], input: '' });
    const others = Array.from({ length: 5 }, () => launcher.launch({ command: 'true', args: [], input: '' }).result);
    if (round % 2 === 0) doomed.kill();
    else void others[0]!.then(() => doomed.kill());
    expect((await doomed.result).exitCode).toBe(137);
    expect((await Promise.all(others)).map(({ exitCode }) => exitCode)).toEqual([0, 0, 0, 0, 0]);
  }
});

test('an argument with a null byte is refused before anything runs', () => {
  expect(() => launcher.launch({ command: 'echo', args: ['a\0b'], input: '' })).toThrow(/null byte/);
});

test('run reports through the launcher what it reports without', async () => {
  runThroughLauncher();
  expect(await run('echo', ['a b'])).toEqual({ stdout: 'a b\n', stderr: '' });
  await expect(run('sh', ['-c', 'echo no >&2; exit 2'])).rejects.toMatchObject({ code: 'command-failed', exitCode: 2, stderr: 'no\n', message: expect.stringContaining('no') });
  await expect(run('no-such-program', [])).rejects.toMatchObject({ code: 'command-failed', exitCode: null });
  await expect(run('sleep', ['100'], { timeoutMs: 50 })).rejects.toMatchObject({ code: 'command-failed', exitCode: null });
  const controller = new AbortController();
  const stopped = run('sleep', ['100'], { signal: controller.signal });
  controller.abort();
  await expect(stopped).rejects.toMatchObject({ code: 'command-failed' });
});

test('a program that the shell did not live to start is one that failed', async () => {
  const nowhere = createLauncher({ enter: ['false'] });
  await expect(runThrough(nowhere, 'echo', ['a'], {})).rejects.toMatchObject({ code: 'command-failed', exitCode: null, message: expect.stringMatching(/^echo a: .*has ended/) });
});

test('a shell that becomes another runs there what was launched meanwhile, and ends like any other', async () => {
  const traveller = createLauncher();
  traveller.become(['env', 'WORLD=other']);
  const results = [1, 2, 3].map((number) => traveller.launch({ command: 'sh', args: ['-c', `echo ${number} $WORLD`], input: '' }).result);
  expect((await Promise.all(results)).map(({ stdout }) => stdout)).toEqual(['1 other\n', '2 other\n', '3 other\n']);
  const ended = new Promise<void>((resolve) => traveller.onEnd(resolve));
  traveller.close();
  await ended;
});

test('a shell that cannot enter the other world fails what was launched there', async () => {
  const traveller = createLauncher();
  traveller.become(['/no/such/program']);
  await expect(traveller.launch({ command: 'true', args: [], input: '' }).result).rejects.toThrow(/ended/);
});
