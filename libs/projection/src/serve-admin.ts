import { errorBody, headers, live } from '@memlane/contracts';
import type { NatsConnection } from '@nats-io/nats-core';
import { headers as natsHeaders } from '@nats-io/nats-core';

/** Answers `admin.<service>.<verb>` requests with JSON. */
export function serveAdmin(
  nc: NatsConnection,
  service: string,
  verbs: Readonly<Record<string, () => Promise<unknown>>>,
): { stop(): void } {
  const subscriptions = Object.entries(verbs).map(([verb, answer]) =>
    nc.subscribe(live.admin(service, verb), {
      callback: (_error, message) => {
        answer().then(
          (value) => message.respond(JSON.stringify(value)),
          () => {
            const head = natsHeaders();
            head.set(headers.error, 'MEMLANE_ERR_INTERNAL');
            message.respond(JSON.stringify(errorBody('MEMLANE_ERR_INTERNAL')), { headers: head });
          },
        );
      },
    }),
  );
  return {
    stop: () => {
      for (const subscription of subscriptions) subscription.unsubscribe();
    },
  };
}
