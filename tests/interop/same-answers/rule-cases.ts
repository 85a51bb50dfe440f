import { single, type Case } from './exchange.ts';

const RULES = '/lbaas/l7policies/$policy-reject/rules';
const TYPES = ['HOST_NAME', 'PATH', 'FILE_TYPE', 'HEADER', 'COOKIE', 'SSL_CONN_HAS_CERT', 'SSL_VERIFY_RESULT', 'SSL_DN_FIELD'] as const;
const COMPARES = ['REGEX', 'STARTS_WITH', 'ENDS_WITH', 'CONTAINS', 'EQUAL_TO'] as const;
const create = (fields: object) => single('POST', RULES, { rule: fields });
const update = (rule: string, fields: object) => single('PUT', `${RULES}/$${rule}`, { rule: fields });

const fitting: Readonly<Record<(typeof TYPES)[number], string>> = { HOST_NAME: 'a.example', PATH: '/a', FILE_TYPE: 'jpg', HEADER: 'b', COOKIE: 'b', SSL_CONN_HAS_CERT: 'true', SSL_VERIFY_RESULT: '0', SSL_DN_FIELD: 'a' };

const matrix = TYPES.flatMap((type) => COMPARES.flatMap((compare_type) => [create({ type, compare_type, value: fitting[type] }), create({ type, compare_type, key: 'CN', value: fitting[type], invert: true })]));

const values = ['a b', '"a b"', 'a;b', 'a"b', String.raw`a\b`, 'ä', 'a\nb', '', ' ', "a'b", '"', 'a\u0000b', 'x'.repeat(255), 'x'.repeat(256)];
const regexes = ['[', '(a|b)+', '(?P<n>a)', '(?<n>a)', '(?i)a', 'a{2', 'a{2,1}', '*a', 'a**', String.raw`\d+`, String.raw`\Z`, '(?<=a)b', '(?<=a+)b', String.raw`(a)\2`, '[[:alpha:]]', String.raw`\p{L}`, 'a\tb', '(', ')', 'a)', String.raw`\c`, '(?>a)', 'a++', '[z-a]', '(?#comment)a', '(?x) a', 'a\nb', ']', '{', '}', String.raw`\h`, String.raw`\k<n>`, '(?:a', 'a(?i)b', String.raw`\8`, String.raw`\x4`, '[a', '(?P<n>a)(?P=n)', '(?P<1>a)', '(?P<n>a)(?P<n>b)', '^$', '.*', String.raw`[\w-a]`, String.raw`\u12`];
const keys = ['x-a', 'a b', 'a:b', 'a,b', '', null, 'ä', 'x'.repeat(255), 'x'.repeat(256), 'a\nb', 5];

const fields: readonly Case[] = [
  ...(['PATH', 'HEADER', 'COOKIE', 'FILE_TYPE'] as const).flatMap((type) => values.map((value) => create({ type, compare_type: 'EQUAL_TO', ...((type === 'HEADER' || type === 'COOKIE') && { key: 'k' }), value }))),
  // src/model/rules/python-regex.test.ts has them all.
  ...regexes.filter((_, index) => index % 4 === 0).map((value) => create({ type: 'PATH', compare_type: 'REGEX', value })),
  ...keys.flatMap((key) => [create({ type: 'HEADER', compare_type: 'EQUAL_TO', key, value: 'v' }), create({ type: 'PATH', compare_type: 'EQUAL_TO', key, value: 'v' })]),
  ...['CN', 'O', 'STREET', 'a-b', '1a', 'a b', '', 'c_n'].map((key) => create({ type: 'SSL_DN_FIELD', compare_type: 'EQUAL_TO', key, value: 'v' })), create({ type: 'SSL_DN_FIELD', compare_type: 'REGEX', key: 'CN', value: '[' }),
  ...['True', 'TRUE', 'false', '1', 'yes'].map((value) => create({ type: 'SSL_CONN_HAS_CERT', compare_type: 'EQUAL_TO', value })),
  ...['0', '1', '-1', '1.5', 'x', '99999999999', '٣', ' 1'].map((value) => create({ type: 'SSL_VERIFY_RESULT', compare_type: 'EQUAL_TO', value })),
  ...['type', 'compare_type', 'value'].map((name) => create(Object.fromEntries(Object.entries({ type: 'PATH', compare_type: 'EQUAL_TO', value: 'v' }).filter(([key]) => key !== name)))),
  create({ type: 'METHOD', compare_type: 'EQUAL_TO', value: 'v' }), create({ type: 'PATH', compare_type: 'LIKE', value: 'v' }), create({ type: 'PATH', compare_type: 'EQUAL_TO', value: null }), create({ type: 'PATH', compare_type: 'EQUAL_TO', value: 5 }), create({ type: null, compare_type: 'EQUAL_TO', value: 'v' }),
  ...[null, 'yes', 'x', 1].map((invert) => create({ type: 'PATH', compare_type: 'EQUAL_TO', value: 'v', invert })), create({ type: 'PATH', compare_type: 'EQUAL_TO', value: 'v', admin_state_up: false, tags: ['a'] }),
  create({ type: 'PATH', compare_type: 'EQUAL_TO', value: 'v', name: 'n' }), create({ type: 'PATH', compare_type: 'EQUAL_TO', value: 'v', tags: null }), create({}),
  single('POST', '/lbaas/l7policies/11111111-2222-4333-8444-555555555555/rules', { rule: { type: 'PATH', compare_type: 'EQUAL_TO', value: 'v' } }), single('POST', '/lbaas/l7policies/no-uuid/rules', { rule: { type: 'PATH', compare_type: 'EQUAL_TO', value: 'v' } }),
];

const updates: readonly Case[] = [
  update('rule-path', {}), update('rule-path', { value: '/b' }), update('rule-path', { value: 'a b' }), update('rule-path', { value: null }), update('rule-path', { value: '' }), update('rule-path', { key: 'k' }), update('rule-path', { key: null }),
  ...COMPARES.map((compare_type) => update('rule-path', { compare_type })), ...TYPES.map((type) => update('rule-path', { type })), ...TYPES.map((type) => update('rule-header', { type })), update('rule-header', { key: null }), update('rule-header', { key: 'a b' }),
  update('rule-path', { compare_type: 'REGEX', value: '[' }), update('rule-header', { value: '"quoted value"' }), update('rule-path', { type: 'HEADER', key: 'k' }), update('rule-path', { type: null }), update('rule-path', { compare_type: null }),
  update('rule-path', { invert: true }), update('rule-header', { invert: null }), update('rule-path', { admin_state_up: null, tags: null }), update('rule-path', { tags: ['a'] }), update('rule-path', { colour: 1 }), update('rule-path', { type: 'SSL_VERIFY_RESULT', compare_type: 'EQUAL_TO', value: '2' }),
  single('PUT', `${RULES}/11111111-2222-4333-8444-555555555555`, { rule: { value: 'v' } }), single('PUT', '/lbaas/l7policies/$policy-pool/rules/$rule-path', { rule: { value: 'v' } }), single('PUT', '/lbaas/l7policies/11111111-2222-4333-8444-555555555555/rules/$rule-path', { rule: { value: 'v' } }),
];

const reads: readonly Case[] = [
  single('GET', RULES), single('GET', `${RULES}/$rule-path`), single('GET', `${RULES}/$rule-header`), single('GET', '/lbaas/l7policies/$policy-pool/rules/$rule-path'), single('GET', `${RULES}/11111111-2222-4333-8444-555555555555`),
  single('GET', '/lbaas/l7policies/11111111-2222-4333-8444-555555555555/rules'), single('DELETE', `${RULES}/$rule-path`), single('DELETE', `${RULES}/11111111-2222-4333-8444-555555555555`), single('DELETE', '/lbaas/l7policies/$policy-pool/rules/$rule-path'), single('DELETE', RULES),
];

export const ruleCases: readonly Case[] = [...matrix, ...fields, ...updates, ...reads];
