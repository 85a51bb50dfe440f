import type { L7RuleCompareType, L7RuleType } from '../enums.ts';
import { RuleViolation } from '../violation.ts';
import { pythonRegexFault } from './python-regex.ts';

/** A rule as it would be; null is what a change may say. */
export interface RuleData {
  readonly type: L7RuleType | null;
  readonly compareType: L7RuleCompareType | null;
  readonly key: string | null;
  readonly value: string | null;
}

/** haproxy stops parsing a line after 53 conditions. */
export const MAX_RULES_PER_POLICY = 50;

const TOKEN = /^[a-zA-Z0-9!#$%&'*+,\-.^_`|~]+$/;
const COOKIE_VALUE = /^[a-zA-Z0-9!#$%&'()*+,\-./:<=>?@[\]^_`{|}~]+$/;
const HEADER_VALUE = /^[a-zA-Z0-9!"#$%&'()*+,\-./:;<=>?@[\]^_`{|}~\\]+$/;
const QUOTED_HEADER_VALUE = /^"[a-zA-Z0-9 \t!"#$%&'()*+,\-./:;<=>?@[\]^_`{|}~\\]*"$/;
// oxlint-disable-next-line no-control-regex -- these are the characters to refuse
const CONTROLS = /[\u0000-\u001f\u007f-\u009f]/;
const NAME_FIELD = /^([a-zA-Z][A-Za-z0-9-]*)$/;

const invalid = (reason: string) => new RuleViolation(`Error parsing L7Rule: Invalid L7 Rule: ${reason}`);
const badComparison = () => invalid('invalid comparison type for rule type');
const badCharacters = (what: string) => new RuleViolation(`Error parsing L7Rule: Invalid characters in ${what}`);

/** A rule by itself: type, comparison, key and value must fit together (octavia: common/validate.py l7rule_data). */
export function checkL7Rule(rule: RuleData): void {
  const { value } = rule;
  if (!value) throw invalid('L7 rule type requires a value');
  switch (rule.type) {
    case 'HEADER': return checkKeyed(rule, value, 'header value', isHeaderValue);
    case 'COOKIE': return checkKeyed(rule, value, 'cookie value', (text) => COOKIE_VALUE.test(text));
    case 'HOST_NAME': case 'PATH': return checkValue(rule, value, 'comparison value', isHeaderValue);
    case 'FILE_TYPE':
      if (rule.compareType !== 'REGEX' && rule.compareType !== 'EQUAL_TO') throw badComparison();
      return checkValue(rule, value, 'comparison value', isHeaderValue);
    case 'SSL_CONN_HAS_CERT': return checkHasCertificate(rule, value);
    case 'SSL_VERIFY_RESULT': return checkVerifyResult(rule, value);
    case 'SSL_DN_FIELD': return checkNameField(rule, value);
    case null: throw invalid('invalid rule type');
    default: rule.type satisfies never;
  }
}

/** These types never look at the key, so it is not kept. */
export const ignoresKey = (type: L7RuleType | null) => type === 'HOST_NAME' || type === 'PATH' || type === 'FILE_TYPE';

const isHeaderValue = (text: string) => HEADER_VALUE.test(text) || QUOTED_HEADER_VALUE.test(text);

function checkKeyed(rule: RuleData, value: string, what: string, isFine: (text: string) => boolean): void {
  if (!rule.key) throw invalid('L7 rule type requires a key');
  if (!TOKEN.test(rule.key)) throw badCharacters('key');
  checkValue(rule, value, what, isFine);
}

function checkValue(rule: RuleData, value: string, what: string, isFine: (text: string) => boolean): void {
  if (rule.compareType === null) throw badComparison();
  if (rule.compareType === 'REGEX') checkRegex(value);
  else if (!isFine(value)) throw badCharacters(what);
}

function checkHasCertificate(rule: RuleData, value: string): void {
  refuseKey(rule);
  if (value.toLowerCase() !== 'true') throw invalid(`L7rule value ${value} is not a boolean True string.`);
  requireEqual(rule);
}

function checkVerifyResult(rule: RuleData, value: string): void {
  refuseKey(rule);
  if (!/^\d+$/.test(value)) throw invalid(`L7rule type ${rule.type} needs a int value, which is >= 0`);
  requireEqual(rule);
}

function checkNameField(rule: RuleData, value: string): void {
  if (rule.compareType === 'REGEX') checkRegex(value);
  if (!rule.key) throw invalid(`L7rule type ${rule.type} needs to specify a key and a value.`);
  if (!NAME_FIELD.test(rule.key)) throw invalid('Invalid L7rule distinguished name field.');
  // Names may hold blanks and any letters, but what no line of haproxy's configuration can hold puts the load balancer in ERROR.
  if (CONTROLS.test(value)) throw badCharacters('comparison value');
}

function refuseKey(rule: RuleData): void {
  if (rule.key) throw invalid(`L7rule type ${rule.type} does not use the "key" field.`);
}

function requireEqual(rule: RuleData): void {
  if (rule.compareType !== 'EQUAL_TO') throw invalid(`L7rule type ${rule.type} only supports the EQUAL_TO compare type.`);
}

/** The original tries patterns with Python, so what that takes is taken and its words say what is wrong. */
function checkRegex(pattern: string): void {
  const fault = CONTROLS.test(pattern) ? 'contains control characters' : pythonRegexFault(pattern);
  if (fault !== null) throw new RuleViolation(`Error parsing L7Rule: Unable to parse regular expression: ${fault}`);
}
