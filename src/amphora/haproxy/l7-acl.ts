import type { L7RuleCompareType } from '../../model/enums.ts';
import type { L7Rule } from '../../model/graph.ts';
import { aclPattern, HaproxyTextRejected, sampleFetch } from './config-writer.ts';

const MATCHERS: Readonly<Record<L7RuleCompareType, string>> = { REGEX: 'reg', STARTS_WITH: 'beg', ENDS_WITH: 'end', CONTAINS: 'sub', EQUAL_TO: 'str' };

/** Words of `acl <rule id> …` after the name. */
export function aclWords(rule: L7Rule): readonly string[] {
  const compare = ['-m', MATCHERS[rule.compareType], ...aclPattern(comparedText(rule))];
  switch (rule.type) {
    case 'HOST_NAME': return ['req.hdr(host)', '-i', ...compare];
    case 'PATH': return ['path', ...compare];
    // `path_end -m str` would compare the whole path (haproxy issue 2567).
    case 'FILE_TYPE': return ['path_end', ...(rule.compareType === 'EQUAL_TO' ? aclPattern(rule.value) : compare)];
    case 'HEADER': return [sampleFetch('req.hdr', keyOf(rule)), ...compare];
    case 'COOKIE': return [sampleFetch('req.cook', keyOf(rule)), ...compare];
    case 'SSL_CONN_HAS_CERT': return ['ssl_c_used'];
    case 'SSL_VERIFY_RESULT': return ['ssl_c_verify', 'eq', verifyResult(rule.value)];
    case 'SSL_DN_FIELD': return [sampleFetch('ssl_c_s_dn', keyOf(rule)), ...compare];
    default: return rule.type satisfies never;
  }
}

/** The rule as a term of a condition: its ACL, negated when inverted. */
export function conditionTerm(rule: L7Rule): string {
  return rule.invert ? `!${rule.id}` : rule.id;
}

/**
 * The API takes a header's value with blanks only between double quotes; the quotes are not part of what is compared
 * (haproxy strips them from the original's configuration).
 */
function comparedText({ type, compareType, value }: L7Rule): string {
  const quoted = type === 'HEADER' && compareType !== 'REGEX' ? /^"(.+)"$/.exec(value)?.[1] : undefined;
  return quoted ?? value;
}

function keyOf(rule: L7Rule): string {
  return rule.key ?? '';
}

/** The API takes a number of any length, haproxy one of 64 bits; results have two digits. */
const NO_RESULT = 999_999_999;

function verifyResult(value: string): string {
  if (!/^\d+$/.test(value.trim())) throw new HaproxyTextRejected('a certificate verification result is a number', value);
  return String(Math.min(Number(value), NO_RESULT));
}
