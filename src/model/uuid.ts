/** A UUID in lower case with dashes; null when the text is none. Spellings that Python's uuid.UUID takes are accepted. */
export function normaliseUuid(text: string): string | null {
  const hex = text.replace(/^urn:uuid:/i, '').replaceAll(/[{}-]/g, '').toLowerCase();
  if (!/^[0-9a-f]{32}$/.test(hex)) return null;
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`;
}
