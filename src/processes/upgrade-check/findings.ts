/** What one check found out; the worst of all decides the exit status. */
export interface Finding {
  readonly check: string;
  readonly result: 'Success' | 'Warning' | 'Failure';
  readonly details: string | null;
}

const STATUS = { Success: 0, Warning: 1, Failure: 2 } as const;
const WIDTH = 60;

/** 0, 1 or 2, as deployment tools expect it of `<service>-status upgrade check`. */
export function exitStatusOf(findings: readonly Finding[]): 0 | 1 | 2 {
  return findings.reduce<0 | 1 | 2>((worst, { result }) => (STATUS[result] > worst ? STATUS[result] : worst), 0);
}

/** The table of all OpenStack services. */
export function renderFindings(findings: readonly Finding[]): string {
  const title = 'Upgrade Check Results';
  const cells = findings.map(({ check, result, details }) => [`Check: ${check}`, `Result: ${result}`, ...wrap(`Details: ${details ?? 'None'}`)]);
  const width = Math.max(title.length, ...cells.flat().map((line) => line.length));
  const rule = `+${'-'.repeat(width + 2)}+`;
  const row = (line: string): string => `| ${line.padEnd(width)} |`;
  return [rule, row(title), rule, ...cells.flatMap((lines) => [...lines.map(row), rule])].map((line) => `${line}\n`).join('');
}

function wrap(text: string): string[] {
  const lines: string[] = [];
  for (const word of text.split(/\s+/)) {
    const last = lines.at(-1);
    if (last !== undefined && last.length + word.length < WIDTH) lines[lines.length - 1] = `${last} ${word}`;
    else lines.push(last === undefined ? word : `  ${word}`);
  }
  return lines;
}
