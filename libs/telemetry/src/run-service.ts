import { limit, readEnv, type Env } from '@memlane/contracts';
import { createLogger, type Logger } from './log.js';
import { startTracing } from './tracing.js';

/** What a service is started with. */
export interface ServiceConfig {
  readonly env: Env;
  readonly log: Logger;
}

/** A service that runs. */
export interface RunningService {
  /** Finishes what is in hand and lets go of everything. */
  stop(): Promise<void>;
}

/**
 * The life of a service's process: configuration, log, tracing, start, then drain on SIGTERM, SIGINT or when the
 * supervisor is gone (IPC `disconnect`), bounded by `drain_ms`. Tells a supervisor `{ready: true}` once it has started.
 * A failed start is logged and exits with 1.
 */
export async function runService(
  service: string,
  start: (config: ServiceConfig) => Promise<RunningService>,
): Promise<void> {
  // What a service writes is data of users, also where no supervisor has started it.
  process.umask(0o077);
  let log = createLogger(service, 'info');
  const fail = (message: string) => (error: unknown) => {
    log.fatal({ err: error }, message);
    process.exit(1);
  };
  process.on('uncaughtException', fail('uncaught exception'));
  process.on('unhandledRejection', fail('unhandled rejection'));

  let running: RunningService | undefined;
  let stopping = false;
  const stop = (reason: string) => {
    if (stopping) return;
    stopping = true;
    log.info({ reason }, 'stopping');
    // Nothing depends on an orderly end: what is not acknowledged is delivered again.
    setTimeout(() => process.exit(1), limit('drain_ms')).unref();
    void drain(running, log).then((ok) => process.exit(ok ? 0 : 1));
  };
  process.on('SIGTERM', () => stop('SIGTERM'));
  process.on('SIGINT', () => stop('SIGINT'));
  process.on('disconnect', () => stop('supervisor gone'));

  try {
    const env = readEnv(process.env);
    log = createLogger(service, env.MEMLANE_LOG_LEVEL);
    const tracing = await startTracing(service, env);
    const started = await start({ env, log });
    running = {
      stop: async () => {
        await started.stop();
        await tracing.stop();
      },
    };
  } catch (error) {
    fail('could not start')(error);
  }
  log.info('ready');
  if (process.connected) process.send?.({ ready: true });
}

async function drain(running: RunningService | undefined, log: Logger): Promise<boolean> {
  try {
    await running?.stop();
    return true;
  } catch (error) {
    log.error({ err: error }, 'could not stop cleanly');
    return false;
  }
}
