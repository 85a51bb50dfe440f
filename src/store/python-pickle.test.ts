import { execFileSync, spawnSync } from 'node:child_process';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readPickledTexts, UnreadablePickle, writePickledTexts } from './python-pickle.ts';

const hasPython = spawnSync('python3', ['--version']).status === 0;
const python = (program: string, input: string) => execFileSync('python3', ['-c', program], { input }).toString();
const headers = fc.dictionary(fc.string({ minLength: 1, maxLength: 300, unit: 'binary' }), fc.string({ maxLength: 300, unit: 'binary' }), { maxKeys: 5, noNullPrototype: true });

it('a dict as the original stores it is read and written byte for byte', () => {
  const stored = Buffer.from('8005951D000000000000007D948C0F582D466F727761726465642D466F72948C047472756594732E', 'hex');
  expect(readPickledTexts(stored)).toEqual({ 'X-Forwarded-For': 'true' });
  expect(Buffer.from(writePickledTexts({ 'X-Forwarded-For': 'true' })).toString('hex')).toBe(stored.toString('hex'));
  expect(Buffer.from(writePickledTexts({})).toString('hex')).toBe('80057d942e');
});

it('what is written is read back', () => {
  fc.assert(fc.property(headers, (value) => {
    expect(readPickledTexts(writePickledTexts(value))).toEqual(value);
  }));
});

describe.skipIf(!hasPython)('with CPython', () => {
  it('every protocol from 0 to 5 is read', () => {
    const values = [{}, { a: '1' }, { 'X-Forwarded-For': 'true', 'X-Forwarded-Port': 'true' }, { ü: 'ĀĂ€ \\ \n', emoji: '😀'.repeat(100) }];
    const lines = python('import json,sys,pickle\nfor v in json.load(sys.stdin):\n  for p in range(6):\n    print(json.dumps(v)+"\\t"+pickle.dumps(v,p).hex())', JSON.stringify(values));
    for (const line of lines.trim().split('\n')) {
      const [value = '', hex = ''] = line.split('\t');
      expect(readPickledTexts(Buffer.from(hex, 'hex'))).toEqual(JSON.parse(value));
    }
  });

  it('dicts that share texts, or hold booleans and numbers, are read as text', () => {
    const lines = python('import pickle\nt="true"\nfor p in range(6): print(pickle.dumps({"a":t,"b":t,"c":True,"d":False,"e":7,"f":-300000,"g":70000},p).hex())', '');
    for (const hex of lines.trim().split('\n')) {
      expect(readPickledTexts(Buffer.from(hex, 'hex'))).toEqual({ a: 'true', b: 'true', c: 'True', d: 'False', e: '7', f: '-300000', g: '70000' });
    }
  });

  it('reads what we write', () => {
    const samples = fc.sample(headers, 50);
    const lines = python('import json,sys,pickle\nfor l in sys.stdin: print(json.dumps(pickle.loads(bytes.fromhex(l))))', samples.map((value) => Buffer.from(writePickledTexts(value)).toString('hex')).join('\n'));
    expect(lines.trim().split('\n').map((line) => JSON.parse(line))).toEqual(samples);
  });

  it('objects are refused, never built', () => {
    const lines = python('import pickle,os,collections\nfor v in [os.getcwd, collections.OrderedDict(a="b"), ["a"], {1: "x"}, {"a": []}]:\n  for p in range(6): print(pickle.dumps(v,p).hex())', '');
    for (const hex of lines.trim().split('\n')) expect(() => readPickledTexts(Buffer.from(hex, 'hex'))).toThrow(UnreadablePickle);
  });
});

it('no bytes crash the reader', () => {
  fc.assert(fc.property(fc.uint8Array({ maxLength: 60 }), (bytes) => {
    try {
      readPickledTexts(bytes);
    } catch (error) {
      expect(error).toBeInstanceOf(UnreadablePickle);
    }
  }), { numRuns: 2000 });
});
