import { useEffect, useId, useMemo, useRef, useState } from 'react';
import uPlot from 'uplot';
import 'uplot/dist/uPlot.min.css';
import type { Statistics } from '../../data/figures.ts';
import { formatBytes, formatNumber } from '../../format/figures.ts';
import { useI18n } from '../../i18n/i18n.tsx';
import { useTheme } from '../../shell/theme.ts';
import { columnsOf, peakOf, type ChartDefinition, type Tone } from './series.ts';

const HEIGHT = 180;
/** Charts of one page show the same moment under the pointer. */
const SYNC = 'octavia-statistics';

/** One chart over time, with its last and highest values in words. */
export function Chart({ definition, statistics }: { definition: ChartDefinition; statistics: Statistics }) {
  const { t, language } = useI18n();
  const [theme] = useTheme();
  const place = useRef<HTMLDivElement>(null);
  const plot = useRef<uPlot | null>(null);
  const titleId = useId();
  const columns = useMemo(() => columnsOf(statistics, definition.lines), [statistics, definition]);
  const latest = useRef(columns);
  const [width, setWidth] = useState(0);

  useEffect(() => {
    const element = place.current;
    if (element === null) return undefined;
    const observer = new ResizeObserver(() => setWidth(element.clientWidth));
    observer.observe(element);
    return () => observer.disconnect();
  }, []);
  useEffect(() => {
    latest.current = columns;
    plot.current?.setData(dataOf(columns));
  }, [columns]);
  const isMeasured = width > 0;
  useEffect(() => {
    const element = place.current;
    if (element === null || !isMeasured) return undefined;
    const labels = definition.lines.map(({ label }) => t(label));
    plot.current = new uPlot(optionsOf(definition, { labels, language, width: element.clientWidth }), dataOf(latest.current), element);
    return () => {
      plot.current?.destroy();
      plot.current = null;
    };
    // A new theme has other colours, and the canvas does not know them.
  }, [definition, language, t, theme, isMeasured]);
  useEffect(() => plot.current?.setSize({ width, height: HEIGHT }), [width]);

  const format = (value: number) => (definition.unit === 'bytes' ? formatBytes(value, language) : formatNumber(value, language));
  return (
    <figure className="chart" aria-labelledby={titleId} data-testid={`chart-${definition.key}`}>
      <figcaption>
        <h3 id={titleId} className="part-title">{t(`chart.title.${definition.key}`)}</h3>
        <ul className="chart__values">
          {definition.lines.map(({ label, tone }, index) => {
            const values = columns[index + 1] ?? [];
            return <li key={label}><span className={`chart__key chart__key--${tone}`} aria-hidden="true" />{t('chart.value', { name: t(label), last: format(values.at(-1) ?? 0), peak: format(peakOf(values)) })}</li>;
          })}
        </ul>
      </figcaption>
      <div ref={place} className="chart__plot" aria-hidden="true" />
    </figure>
  );
}

function dataOf([times = [], ...rows]: readonly (readonly number[])[]): uPlot.AlignedData {
  return [[...times], ...rows.map((row) => [...row])];
}

function optionsOf({ lines, unit }: ChartDefinition, { labels, language, width }: { labels: readonly string[]; language: string; width: number }): uPlot.Options {
  const format = (value: number) => (unit === 'bytes' ? formatBytes(value, language) : formatNumber(value, language));
  const text = tokenOf('--pf-t--global--text--color--regular');
  const grid = { stroke: tokenOf('--pf-t--global--border--color--default'), width: 1 };
  const time = new Intl.DateTimeFormat(language, { hour: '2-digit', minute: '2-digit' });
  const axis = { stroke: text, grid, ticks: grid, font: '12px sans-serif' };
  return {
    width, height: HEIGHT, legend: { show: false }, cursor: { sync: { key: SYNC }, points: { size: 6 } },
    scales: { y: { range: (_plot, _min, max) => [0, max > 0 ? max * 1.1 : 1] } },
    axes: [{ ...axis, values: (_plot, ticks) => ticks.map((seconds) => time.format(seconds * 1000)) }, { ...axis, size: 70, values: (_plot, ticks) => ticks.map(format) }],
    series: [{}, ...lines.map(({ tone }, index) => ({ label: labels[index] ?? '', stroke: tokenOf(TONES[tone]), width: 2, points: { show: false } }))],
  };
}

const TONES: Readonly<Record<Tone, string>> = {
  success: '--pf-t--global--color--status--success--default', danger: '--pf-t--global--color--status--danger--default', warning: '--pf-t--global--color--status--warning--default',
  info: '--pf-t--global--color--status--info--default', custom: '--pf-t--global--color--status--custom--default',
};

/** What a colour of the theme is right now. */
const tokenOf = (name: string) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();
