/** Did haproxy refuse this runtime command? Its command line has no exit status, only sentences. */
export function isRefused(command: string, answer: string): boolean {
  const text = answer.trim();
  if (command.startsWith('add server ')) return text !== 'New server registered.';
  if (command.startsWith('del server ')) return text !== 'Server deleted.';
  if (/^set server \S+ addr /.test(command)) return !/(?:changed from|no need to change)/.test(text);
  return text !== '';
}

/** Is the server gone already (a reload, or a removal sent twice)? */
export function isUnknownServer(answer: string): boolean {
  return /No such (?:server|backend)|not found/i.test(answer);
}
