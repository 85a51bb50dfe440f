/**
 * JSON exactly as Python's json.dumps writes it: `", "` and `": "` between, everything beyond ASCII escaped, keys in
 * their order, keys without a value left out. Messages are then byte for byte what the original would send.
 */
export function pythonJson(value: unknown): string {
  if (value === null || value === undefined) return 'null';
  if (Array.isArray(value)) return `[${value.map(pythonJson).join(', ')}]`;
  if (typeof value === 'object') {
    const members = Object.entries(value).filter(([, member]) => member !== undefined);
    return `{${members.map(([key, member]) => `${asciiString(key)}: ${pythonJson(member)}`).join(', ')}}`;
  }
  if (typeof value === 'string') return asciiString(value);
  if (typeof value === 'number' || typeof value === 'boolean' || typeof value === 'bigint') return String(value);
  throw new TypeError(`A ${typeof value} has no JSON form.`);
}

function asciiString(text: string): string {
  // Python escapes everything beyond ASCII by UTF-16 unit; JSON.stringify leaves it.
  const json = JSON.stringify(text);
  return isAscii(json) ? json : json.replaceAll(/[\u0080-\uffff]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`);
}

function isAscii(text: string): boolean {
  return !/[\u0080-\uffff]/.test(text);
}
