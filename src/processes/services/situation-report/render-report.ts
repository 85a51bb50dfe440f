/** A value of a report: facts below a name, one below the other, or one line. */
export type Fact = string | number | boolean | null | readonly Fact[] | { readonly [name: string]: Fact };

export interface ReportSection {
  readonly title: string;
  readonly facts: Fact;
}

const WIDTH = 72;

/** The report as text, laid out like those of oslo.reports: a title, then sections of `name = value` lines. */
export function renderReport(sections: readonly ReportSection[]): string {
  const title = [...heading('Guru Meditation'), '|'.repeat(WIDTH), '', ''];
  return [...title, ...sections.flatMap(({ title: name, facts }) => [...heading(name), ...lines(facts, '')]), ''].join('\n');
}

function heading(title: string): readonly string[] {
  const inner = WIDTH - 8;
  const left = Math.floor((inner - title.length) / 2);
  return ['='.repeat(WIDTH), `====${title.padStart(left + title.length).padEnd(inner)}====`, '='.repeat(WIDTH)];
}

function lines(fact: Fact, indent: string): readonly string[] {
  if (typeof fact !== 'object' || fact === null) return [`${indent}${oneLine(fact)}`];
  if (isList(fact)) return fact.length === 0 ? [`${indent}none`] : fact.flatMap((item) => lines(item, indent));
  const entries = Object.entries(fact);
  return entries.length === 0 ? [`${indent}none`] : entries.flatMap(([name, value]) => entry(name, value, indent));
}

function entry(name: string, value: Fact, indent: string): readonly string[] {
  if (typeof value !== 'object' || value === null) return [`${indent}${name} = ${oneLine(value)}`];
  return ['', `${indent}${name}:`, ...lines(value, `${indent}  `)];
}

const isList = (fact: Fact): fact is readonly Fact[] => Array.isArray(fact);

const oneLine = (value: string | number | boolean | null) => (value === null ? '' : String(value).replaceAll(/\s*\n\s*/g, ' '));
