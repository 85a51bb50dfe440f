import type { Period, Point, Statistics } from '../../data/figures.ts';
import type { MessageKey } from '../../i18n/i18n.tsx';

/** Colours that every theme of PatternFly has. */
export type Tone = 'success' | 'danger' | 'warning' | 'info' | 'custom';

export interface Line {
  readonly label: MessageKey;
  readonly tone: Tone;
  readonly valueOf: (point: Point, stepSeconds: number) => number;
}

export interface ChartDefinition {
  readonly key: 'requests' | 'connections' | 'bytes' | 'errors' | 'responses';
  readonly unit: 'number' | 'bytes';
  readonly lines: readonly Line[];
}

type Counter = Exclude<keyof Point, 'at' | 'peak_connections'>;
const perSecond = (name: Counter) => (point: Point, stepSeconds: number) => point[name] / stepSeconds;

/** The charts of the page, each with its lines. */
export const CHARTS: readonly ChartDefinition[] = [
  { key: 'requests', unit: 'number', lines: [{ label: 'chart.requests', tone: 'info', valueOf: perSecond('requests') }] },
  {
    key: 'connections', unit: 'number',
    lines: [{ label: 'chart.open-connections', tone: 'custom', valueOf: (point) => point.peak_connections }, { label: 'chart.new-connections', tone: 'info', valueOf: perSecond('connections') }],
  },
  { key: 'bytes', unit: 'bytes', lines: [{ label: 'chart.bytes-in', tone: 'info', valueOf: perSecond('bytes_in') }, { label: 'chart.bytes-out', tone: 'success', valueOf: perSecond('bytes_out') }] },
  { key: 'errors', unit: 'number', lines: [{ label: 'chart.errors', tone: 'danger', valueOf: perSecond('errors') }] },
  {
    key: 'responses', unit: 'number',
    lines: [
      { label: 'chart.responses-2xx', tone: 'success', valueOf: perSecond('responses_2xx') }, { label: 'chart.responses-3xx', tone: 'info', valueOf: perSecond('responses_3xx') },
      { label: 'chart.responses-4xx', tone: 'warning', valueOf: perSecond('responses_4xx') }, { label: 'chart.responses-5xx', tone: 'danger', valueOf: perSecond('responses_5xx') },
      { label: 'chart.responses-1xx', tone: 'custom', valueOf: perSecond('responses_1xx') },
    ],
  },
];

/** Times (seconds since the epoch) and one row of values for each line; steps without traffic are zero. */
export function columnsOf({ from, to, step_seconds: step, points }: Statistics, lines: readonly Line[]): readonly (readonly number[])[] {
  const byTime = new Map(points.map((point) => [point.at, point]));
  // The step that is still running has seen only a part of its traffic.
  const times = Array.from({ length: Math.max(0, Math.floor((to - from) / step)) }, (_, index) => from + index * step);
  return [times, ...lines.map(({ valueOf }) => times.map((at) => {
    const point = byTime.get(at);
    return point === undefined ? 0 : valueOf(point, step);
  }))];
}

/** Sums of the whole period, for the words beside a chart. */
export function peakOf(values: readonly number[]): number {
  return values.reduce((highest, value) => Math.max(highest, value), 0);
}

export const PERIODS: readonly Period[] = ['hour', 'day'];
