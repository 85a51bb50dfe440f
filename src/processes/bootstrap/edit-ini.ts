import type { Setting } from './configuration.ts';

/**
 * An octavia.conf with these options set: a line that sets one already gets the new value, others go to the end of their
 * group; everything else, comments included, stays as it is.
 */
export function setOptions(text: string, settings: readonly Setting[]): string {
  return settings.reduce(setOption, text);
}

function setOption(text: string, { group, name, value }: Setting): string {
  const lines = text === '' ? [] : text.replace(/\n$/, '').split('\n');
  const line = `${name} = ${value}`;
  const start = lines.findLastIndex((one) => one.trim() === `[${group}]`);
  if (start < 0) return [...lines, ...(lines.length > 0 ? [''] : []), `[${group}]`, line, ''].join('\n');
  const after = lines.findIndex((one, index) => index > start && one.startsWith('['));
  const end = after < 0 ? lines.length : after;
  // Where it is set twice the last one counts.
  const present = lines.findLastIndex((one, index) => index > start && index < end && isAssignmentOf(one, name));
  if (present >= 0) {
    // Indented lines below continue the former value.
    const next = lines.findIndex((one, index) => index > present && !/^[ \t]+\S/.test(one));
    lines.splice(present, (next < 0 ? lines.length : next) - present, line);
  } else {
    const last = lines.findLastIndex((one, index) => index < end && one.trim() !== '');
    lines.splice(last + 1, 0, line);
  }
  return `${lines.join('\n')}\n`;
}

function isAssignmentOf(line: string, name: string): boolean {
  const sign = /[:=]/.exec(line);
  return sign !== null && !/^[\s#;]/.test(line) && line.slice(0, sign.index).trim() === name;
}
