import { expect, it } from 'vitest';
import { pythonRegexFault } from './python-regex.ts';

/** What `re.compile` of Python 3.11 says. */
const FAULTS: readonly (readonly [pattern: string, fault: string])[] = [
  ['[', 'unterminated character set at position 0'], ['a[b', 'unterminated character set at position 1'], ['(', 'missing ), unterminated subpattern at position 0'], ['(?:a', 'missing ), unterminated subpattern at position 0'],
  [')', 'unbalanced parenthesis at position 0'], ['*a', 'nothing to repeat at position 0'], ['^*', 'nothing to repeat at position 1'], ['a**', 'multiple repeat at position 2'], ['a{2,1}', 'min repeat greater than max repeat at position 2'],
  [String.raw`\h`, String.raw`bad escape \h at position 0`], [String.raw`[\A]`, String.raw`bad escape \A at position 1`], ['a\\', 'bad escape (end of pattern) at position 1'], [String.raw`(a)\2`, 'invalid group reference 2 at position 4'],
  [String.raw`\x4`, String.raw`incomplete escape \x4 at position 0`], [String.raw`\400`, String.raw`octal escape value \400 outside of range 0-0o377 at position 0`], ['[z-a]', 'bad character range z-a at position 1'], [String.raw`[\w-a]`, String.raw`bad character range \w-a at position 1`],
  ['(?<n>a)', 'unknown extension ?<n at position 1'], ['(?P<1>a)', "bad character in group name '1' at position 4"], ['(?P<n>a)(?P<n>b)', "redefinition of group name 'n' as group 2; was group 1 at position 12"], ['(?P=n)', "unknown group name 'n' at position 4"],
  ['(?<=a+)b', 'look-behind requires fixed-width pattern'], ['a(?i)b', 'global flags not at the start of the expression at position 1'], ['(?y)', 'unknown extension ?y at position 1'], ['(?i', 'missing -, : or ) at position 3'],
  ['(?#a', 'missing ), unterminated comment at position 0'], ['(?(2)a)', 'invalid group reference 2 at position 3'], [String.raw`(\1)`, 'cannot refer to an open group at position 1'], ['😀[', 'unterminated character set at position 1'],
];

it.each(FAULTS)('%j is refused in Python\'s words', (pattern, fault) => expect(pythonRegexFault(pattern)).toBe(fault));

it.each([
  '', '.*', '^/api/v[0-9]+$', String.raw`\d{2,}\.(jpg|png)`, '(?i)a', '(?i:a)b', '(?x) a # comment', '(?P<n>a)(?P=n)', '(?<=ab|cd)e', '(?>a)', 'a++', 'a{2', 'a{,3}', ']', '}', '[]a]', '[^]a]', '[a-]', '(?#c)a', String.raw`\Z`, String.raw`(a)(?(1)b|c)`, '(a|b)*?',
  String.raw`\0`, '[[:alpha:]]',
])('%j is taken', (pattern) => expect(pythonRegexFault(pattern)).toBeNull());
