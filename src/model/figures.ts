/** Counters of traffic kept over time for listeners, pools and members, in the order in which heartbeats of our agent carry them. */
export const FIGURES = [
  'requests', 'connections', 'bytes_in', 'bytes_out', 'errors', 'responses_1xx', 'responses_2xx', 'responses_3xx', 'responses_4xx', 'responses_5xx',
] as const;

export type Figure = (typeof FIGURES)[number];

/** How finely figures are kept, and for how long: the last hour and the last day. Seconds. */
export const PERIODS = {
  hour: { stepSeconds: 10, lengthSeconds: 3600 },
  day: { stepSeconds: 600, lengthSeconds: 86_400 },
} as const;

export type Period = keyof typeof PERIODS;

/** How often health managers write figures, given [health_manager] heartbeat_interval. Seconds. */
export function figureWriteInterval(heartbeatIntervalSeconds: number): number {
  return Math.min(5, Math.max(2, heartbeatIntervalSeconds));
}

/** How old figures are when all of them can be seen: a heartbeat and a write later, and a second of grace. */
export function figureDelay(heartbeatIntervalSeconds: number): number {
  return heartbeatIntervalSeconds + figureWriteInterval(heartbeatIntervalSeconds) + 1;
}
