import { describe, expect, test } from 'vitest';
import { formatLogEntry, isShown, readLogLine } from './log-line.js';
import { createLog } from './log.js';

const now = new Date(2026, 0, 2, 3, 4, 5, 6).getTime();

function show(source: string, line: string): string {
  return formatLogEntry(readLogLine(source, line, now));
}

describe('a line of the readable log', () => {
  test('shows time, level, service, message and fields of a JSON line', () => {
    const line = JSON.stringify({
      level: 40,
      time: now,
      pid: 7,
      service: 'query',
      msg: 'slow',
      took_ms: 12,
      of: 'a b',
    });
    expect(show('query', line)).toBe('03:04:05.006 warn  query            slow took_ms=12 of="a b"');
  });

  test('keeps on one line what has line ends in it', () => {
    const line = JSON.stringify({
      level: 50,
      time: now,
      msg: 'failed',
      err: { message: 'no', stack: 'Error: no\n  at x' },
    });
    expect(show('embedder', line)).toBe('03:04:05.006 error embedder         failed err="Error: no\\n  at x"');
  });

  test('takes the level of nats-server from its own mark', () => {
    const line = '[42] 2026/01/02 03:04:05.000006 [WRN] Filestore is slow';
    expect(show('nats-server', line)).toBe('03:04:05.006 warn  nats-server      Filestore is slow');
  });

  test('takes a plain line that speaks of an error for one, and any other for debugging', () => {
    expect(readLogLine('chroma', 'thread main panicked: panic', now).level).toBe('error');
    expect(readLogLine('chroma', 'Saving data to ./x', now).level).toBe('debug');
  });

  test('takes a broken JSON line as text', () => {
    expect(readLogLine('gateway', '{"level":30,', now).message).toBe('{"level":30,');
  });
});

test('a level shows itself and everything above it', () => {
  expect(isShown('warn', 'info')).toBe(true);
  expect(isShown('info', 'info')).toBe(true);
  expect(isShown('debug', 'info')).toBe(false);
});

test('the log leaves out what is below its level', () => {
  const lines: string[] = [];
  const log = createLog('warn', (line) => lines.push(line));
  log.say('info', 'memlane', 'not shown');
  log.say('error', 'memlane', 'shown');
  expect(lines).toHaveLength(1);
  expect(lines[0]).toContain('shown');
});
