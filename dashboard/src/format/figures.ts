const UNITS = ['B', 'kB', 'MB', 'GB', 'TB'] as const;

/** `1.2 MB`, decimal. */
export function formatBytes(bytes: number, language: string): string {
  let [value, unit] = [bytes, 0];
  while (value >= 999.5 && unit < UNITS.length - 1) [value, unit] = [value / 1000, unit + 1];
  return `${formatNumber(value, language)} ${UNITS[unit]}`;
}

/** Three significant digits of small numbers, none behind the point of large ones. */
export function formatNumber(value: number, language: string): string {
  return new Intl.NumberFormat(language, value < 100 ? { maximumSignificantDigits: 3 } : { maximumFractionDigits: 0 }).format(value);
}

/** Milliseconds since the epoch of a time of the API, which is UTC without a zone. */
export function timeOf(text: string): number {
  return Date.parse(/[zZ]|[+-]\d\d:\d\d$/.test(text) ? text : `${text.replace(' ', 'T')}Z`);
}

/** The time of day, with the date when it is not today's. */
export function formatTime(milliseconds: number, language: string, nowMs = Date.now()): string {
  const isToday = new Date(milliseconds).toDateString() === new Date(nowMs).toDateString();
  return new Intl.DateTimeFormat(language, { ...(!isToday && { dateStyle: 'short' as const }), timeStyle: 'medium' }).format(milliseconds);
}
