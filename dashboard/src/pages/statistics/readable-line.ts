const UUID = /[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}/g;

/** A line of the flow log without what all lines share, and with names in the place of ids. Formats of operators' own stay whole. */
export function readableLine(text: string, loadBalancerId: string, names: ReadonlyMap<string, string>): string {
  return text
    .replace(/^.*? haproxy\[\d+\]: /, '')
    .replace(`${loadBalancerId} `, '')
    .replace(/^[0-9a-f]{32} /, '')
    .replaceAll(UUID, (id) => names.get(id) ?? id);
}

/** Words of a filter as the log has them: ids in the place of names. */
export function rawWords(filter: string, names: ReadonlyMap<string, string>): string {
  const ids = new Map([...names].map(([id, name]) => [name, id]));
  return filter.split(/\s+/).map((word) => ids.get(word) ?? word).join(' ').trim();
}
