/** One JSON log line as text for people: `12:34:56.789 WARN  message key=value`. Lines that are no JSON pass unchanged. */
export function renderForTerminal(line: string): string {
  let event: Record<string, unknown>;
  try {
    const parsed: unknown = JSON.parse(line);
    if (typeof parsed !== 'object' || parsed === null) return line;
    event = { ...parsed };
  } catch (error) {
    if (error instanceof SyntaxError) return line;
    throw error;
  }
  const { level, time, msg, name, err, error, ...fields } = event;
  const failure = err ?? error;
  const parts = [clockOf(time), String(level).toUpperCase().padEnd(5), ...(typeof name === 'string' ? [`${name}:`] : []), String(msg)];
  for (const [key, value] of Object.entries(fields)) parts.push(`${key}=${typeof value === 'string' ? quoted(value) : JSON.stringify(value)}`);
  return `${parts.join(' ')}${failure === undefined ? '' : `\n${indented(failure)}`}\n`;
}

function clockOf(time: unknown): string {
  return typeof time === 'string' ? time.slice(11, 23) : String(time);
}

function quoted(value: string): string {
  return /^[\w.:/@-]+$/.test(value) ? value : JSON.stringify(value);
}

function indented(failure: unknown): string {
  const text = typeof failure === 'object' && failure !== null && 'stack' in failure ? String(failure.stack) : JSON.stringify(failure);
  return text.replaceAll(/^/gm, '  ');
}
