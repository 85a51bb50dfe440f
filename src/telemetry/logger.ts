import pino, { type DestinationStream } from 'pino';
import { openLogSink, type LogFileHabits, type LogSink } from './log-sink.ts';
import { renderForTerminal } from './terminal-lines.ts';

export type LogLevel = 'debug' | 'info' | 'warn' | 'error';
export type LogFields = Readonly<Record<string, unknown>>;

/** One event per line: `message` is constant, everything that varies goes into `fields` (`{lb, listener, req, err}`). */
export interface Logger {
  debug(fields: LogFields, message: string): void;
  info(fields: LogFields, message: string): void;
  warn(fields: LogFields, message: string): void;
  error(fields: LogFields, message: string): void;
  /** A logger that adds `fields` to each of its lines. */
  child(fields: LogFields): Logger;
}

/** Logger of a process: it owns the destination. */
export interface RootLogger extends Logger {
  /** For SIGHUP; applies to children made before and after. */
  setLevel(level: LogLevel): void;
  /** Opens the file anew, after a log rotation; when that cannot be, the former one says so and goes on. */
  reopen(): void;
  /** Writes out what is buffered. */
  flush(): void;
}

export interface LoggerOptions extends LogFileHabits {
  /** Name of the process: `octavia-api`, `octavia-worker` ... */
  readonly name?: string;
  /** True means level debug whatever `level` says (oslo's `debug`). @default false */
  readonly debug?: boolean;
  /** @default 'info' */
  readonly level?: LogLevel;
  /** Path of the log file; absent means standard error. */
  readonly file?: string;
  /** Lines of a file go to standard error too. @default false */
  readonly isCopiedToStandardError?: boolean;
  /** JSON lines; otherwise text for people. @default true, unless standard error is a terminal and no file is given */
  readonly json?: boolean;
  /** For tests: where lines go instead of a file or standard error. */
  readonly write?: (line: string) => void;
}

const SECRET_KEYS = [
  'password', 'passphrase', 'private_key', 'privateKey', 'privateKeyPem', 'privateKeyPassphrase', 'server_certs_key_passphrase',
  'ca_private_key_passphrase', 'heartbeat_key', 'accepted_heartbeat_keys', 'heartbeatKey', 'transport_url', 'transportUrl', 'connection', 'token', 'authorization',
  'x-auth-token', 'x-subject-token', 'cookie', 'auth_pass', 'authPass', 'vrrp_auth_pass',
] as const;

/** Makes a process's logger: JSON lines through pino, secrets replaced by `***` down to three levels of nesting. */
export function createLogger(options: LoggerOptions = {}): RootLogger {
  const isJson = options.json ?? !(options.file === undefined && options.write === undefined && process.stderr.isTTY);
  const sink = openSink(options);
  const destination: DestinationStream = isJson ? sink : { write: (line) => sink.write(renderForTerminal(line)) };
  const level = options.debug === true ? 'debug' : (options.level ?? 'info');
  const threshold = { value: pino.levels.values[level] ?? 30 };
  // Children of pino copy their parent's level once; filtering at the root lets SIGHUP reach them all.
  const root = pino(
    {
      level: 'trace',
      base: options.name === undefined ? null : { name: options.name },
      timestamp: pino.stdTimeFunctions.isoTime,
      formatters: { level: (label) => ({ level: label }) },
      serializers: { err: serializeError, error: serializeError },
      redact: { paths: SECRET_KEYS.flatMap(pathsOf), censor: '***' },
    },
    destination,
  );
  const logger = wrap(root, threshold);
  return {
    ...logger,
    setLevel: (next) => {
      threshold.value = pino.levels.values[next] ?? threshold.value;
    },
    reopen() {
      try {
        sink.reopen();
      } catch (error) {
        logger.error({ err: error }, 'The log file cannot be opened anew; lines go on into the one before');
      }
    },
    flush: () => sink.flush(),
  };
}

/** Swallows everything: for tests and for callers that were given no logger. */
export const silentLogger: Logger = { debug: () => undefined, info: () => undefined, warn: () => undefined, error: () => undefined, child: () => silentLogger };

function wrap(target: pino.Logger, threshold: { readonly value: number }): Logger {
  const at = (level: LogLevel, value: number) => (fields: LogFields, message: string) => {
    if (value >= threshold.value) target[level](fields, message);
  };
  return {
    debug: at('debug', 20),
    info: at('info', 30),
    warn: at('warn', 40),
    error: at('error', 50),
    child: (fields) => wrap(target.child(fields), threshold),
  };
}

function openSink(options: LoggerOptions): LogSink {
  if (options.write !== undefined) return { write: options.write, reopen: () => undefined, flush: () => undefined };
  const sink = openLogSink(options.file, options);
  if (options.file === undefined || options.isCopiedToStandardError !== true) return sink;
  const copy = openLogSink(undefined);
  return {
    ...sink,
    write(line) {
      sink.write(line);
      copy.write(line);
    },
  };
}

function pathsOf(key: string): string[] {
  const leaf = `["${key}"]`;
  return [leaf, `*${leaf}`, `*.*${leaf}`, `*.*.*${leaf}`];
}

function serializeError(error: unknown): unknown {
  if (!(error instanceof Error)) return String(error);
  const code: unknown = 'code' in error ? error.code : undefined;
  return { type: error.name, code, message: error.message, stack: error.stack, ...(error.cause !== undefined && { cause: serializeError(error.cause) }) };
}

