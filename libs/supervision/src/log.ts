import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import { formatLogEntry, isShown, readLogLine, type LogEntry, type LogLevel } from './log-line.js';

/** The one readable log of all processes of a machine. */
export interface Log {
  readonly say: (level: LogLevel, source: string, message: string, fields?: LogEntry['fields']) => void;
  /** Takes over what a process writes, line by line; `heed` sees each line too, shown or not. */
  readonly follow: (source: string, stream: Readable | null, heed?: (entry: LogEntry) => void) => void;
}

/** @param write gets each line without its line end */
export function createLog(lowest: LogLevel, write: (line: string) => void): Log {
  const print = (entry: LogEntry) => {
    if (isShown(entry.level, lowest)) write(formatLogEntry(entry));
  };
  return {
    say: (level, source, message, fields) => {
      print({ time: new Date().getTime(), level, source, message, ...(fields ? { fields } : {}) });
    },
    follow: (source, stream, heed) => {
      if (!stream) return;
      createInterface({ input: stream }).on('line', (line) => {
        if (!line.trim()) return;
        const entry = readLogLine(source, line, new Date().getTime());
        heed?.(entry);
        print(entry);
      });
    },
  };
}
