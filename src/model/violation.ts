/**
 * A value that breaks one of Octavia's rules. `message` is the whole text a client sees (contracts section 6);
 * the API answers 400 with it.
 */
export class RuleViolation extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'RuleViolation';
  }
}

/** `Validation failure: <detail>` */
export const validationFailure = (detail: string) => new RuleViolation(`Validation failure: ${detail}`);

/** `<value> is not a valid option for <option>` */
export const invalidOption = (value: string, option: string) => new RuleViolation(`${value} is not a valid option for ${option}`);

/** `The selected <option> is not allowed in this deployment: <value>` */
export const disabledOption = (option: string, value: string) => new RuleViolation(`The selected ${option} is not allowed in this deployment: ${value}`);

/** `Invalid input for field/attribute <field>. Value: '<value>'. <reason>`, as WSME words it. */
export const invalidField = (field: string, value: unknown, reason: string) =>
  new RuleViolation(`Invalid input for field/attribute ${field}. Value: '${pythonText(value)}'. ${reason}`);

/** A value as Python's str() shows it: error texts of the original quote values that way. */
export function pythonText(value: unknown): string {
  return typeof value === 'string' ? value : pythonLiteral(value);
}

/** No real value is nested deeper; quoting a body of brackets to its end would use up the stack. */
const DEEPEST = 100;

function pythonLiteral(value: unknown, depth = 0): string {
  const inner = (item: unknown) => (depth < DEEPEST ? pythonLiteral(item, depth + 1) : '...');
  if (value === null || value === undefined) return 'None';
  if (value === true) return 'True';
  if (value === false) return 'False';
  if (typeof value === 'string') return value.includes("'") && !value.includes('"') ? `"${value}"` : `'${value.replaceAll('\\', '\\\\').replaceAll("'", String.raw`\'`)}'`;
  if (Array.isArray(value)) return `[${value.map(inner).join(', ')}]`;
  if (typeof value === 'object') return `{${Object.entries(value).map(([key, item]) => `${inner(key)}: ${inner(item)}`).join(', ')}}`;
  return typeof value === 'number' || typeof value === 'bigint' ? String(value) : typeof value;
}
