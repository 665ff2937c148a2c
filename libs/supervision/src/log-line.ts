/** Levels of the readable log. */
export const logLevels = ['debug', 'info', 'warn', 'error'] as const;
export type LogLevel = (typeof logLevels)[number];

/** One line of the readable log, before it is written. */
export interface LogEntry {
  /** Milliseconds since the epoch. */
  readonly time: number;
  readonly level: LogLevel;
  readonly source: string;
  readonly message: string;
  readonly fields?: Readonly<Record<string, unknown>>;
}

const NAME_WIDTH = 16;
const pinoLevels: readonly (readonly [number, LogLevel])[] = [
  [50, 'error'],
  [40, 'warn'],
  [30, 'info'],
];
const natsLevels: Readonly<Record<string, LogLevel>> = { WRN: 'warn', ERR: 'error', FTL: 'error' };
/** Facts of the process that the line shows elsewhere or that help nobody. */
const hidden = new Set(['level', 'time', 'pid', 'hostname', 'name', 'service', 'msg']);

export function isShown(level: LogLevel, lowest: LogLevel): boolean {
  return logLevels.indexOf(level) >= logLevels.indexOf(lowest);
}

/** Reads what a process wrote: a JSON line of a service, or a plain line of a foreign program. */
export function readLogLine(source: string, line: string, now: number): LogEntry {
  return readJsonLine(source, line, now) ?? readPlainLine(source, line, now);
}

function readJsonLine(source: string, line: string, now: number): LogEntry | undefined {
  if (!line.startsWith('{')) return undefined;
  try {
    const record = JSON.parse(line) as Record<string, unknown>;
    const number = typeof record['level'] === 'number' ? record['level'] : 30;
    const fields = Object.fromEntries(Object.entries(record).filter(([name]) => !hidden.has(name)));
    return {
      time: typeof record['time'] === 'number' ? record['time'] : now,
      level: pinoLevels.find(([lowest]) => number >= lowest)?.[1] ?? 'debug',
      source,
      message: typeof record['msg'] === 'string' ? record['msg'] : '',
      fields,
    };
  } catch {
    return undefined;
  }
}

/** Foreign programs are talkative at start: what is not a warning is for debugging. */
function readPlainLine(source: string, line: string, now: number): LogEntry {
  const nats = /^\[\d+\] \S+ \S+ \[([A-Z]{3})\] (.*)$/.exec(line);
  if (nats) return { time: now, level: natsLevels[nats[1] ?? ''] ?? 'debug', source, message: nats[2] ?? '' };
  const level = /\b(error|panic|fatal)\b/i.test(line) ? 'error' : /\bwarn/i.test(line) ? 'warn' : 'debug';
  return { time: now, level, source, message: line };
}

/** `HH:MM:SS.mmm level source message k=v`, in local time. */
export function formatLogEntry({ time, level, source, message, fields = {} }: LogEntry): string {
  const date = new Date(time);
  const clock = [date.getHours(), date.getMinutes(), date.getSeconds()].map((part) => String(part).padStart(2, '0'));
  const millis = String(date.getMilliseconds()).padStart(3, '0');
  const head = `${clock.join(':')}.${millis} ${level.padEnd(5)} ${source.padEnd(NAME_WIDTH)} ${message}`;
  return [head, ...Object.entries(fields).map(([name, value]) => `${name}=${formatValue(value)}`)].join(' ');
}

function formatValue(value: unknown): string {
  if (typeof value === 'string') return /^[\w.:/@+-]+$/.test(value) ? value : JSON.stringify(value);
  if (isError(value)) return JSON.stringify(value.stack ?? value.message);
  return JSON.stringify(value);
}

/** Whether a field is an error as a logger writes it. */
export function isError(value: unknown): value is { message: string; stack?: string } {
  return typeof value === 'object' && value !== null && 'message' in value && typeof value.message === 'string';
}
