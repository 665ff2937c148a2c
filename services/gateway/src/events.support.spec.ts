import type { CommitNotice } from '@memlane/contracts';

// Support of the specs about live events: a client of server-sent events, as small as the format allows.

export interface ServerSentEvent {
  readonly event: string;
  readonly id: string;
  readonly data: CommitNotice;
}

export interface EventsClient {
  /** What came so far, `ready` left out. */
  readonly seen: readonly ServerSentEvent[];
  /** The id to go on from. */
  readonly lastId: () => string | undefined;
  readonly isOpen: () => boolean;
  readonly close: () => void;
}

export interface EventsRequest {
  readonly key: string;
  readonly lastEventId?: string | undefined;
  readonly search?: string;
}

export function askEvents(baseUrl: string, { key, lastEventId, search = '' }: EventsRequest, signal?: AbortSignal) {
  return fetch(new URL(`/events${search}`, baseUrl), {
    headers: {
      authorization: `Bearer ${key}`,
      ...(lastEventId === undefined ? {} : { 'last-event-id': lastEventId }),
    },
    ...(signal ? { signal } : {}),
  });
}

/** Connects and resolves when the stream is ready. */
export async function openEvents(baseUrl: string, request: EventsRequest): Promise<EventsClient> {
  const leaving = new AbortController();
  const response = await askEvents(baseUrl, request, leaving.signal);
  const { body } = response;
  if (response.status !== 200 || !body) throw new Error(`${response.status}: ${await response.text()}`);
  const seen: ServerSentEvent[] = [];
  let lastId: string | undefined;
  let open = true;
  let signalReady = () => {};
  const ready = new Promise<void>((resolve) => (signalReady = resolve));
  const take = (block: string) => {
    const fields = new Map(
      block
        .split('\n')
        .filter((line) => !line.startsWith(':'))
        .map((line) => {
          const at = line.indexOf(': ');
          return [line.slice(0, at), line.slice(at + 2)] as const;
        }),
    );
    const event = fields.get('event');
    if (event === undefined) return;
    // Without an id, it is nothing to go on from.
    lastId = fields.get('id') ?? lastId;
    if (event === 'ready') signalReady();
    else seen.push({ event, id: fields.get('id') ?? '', data: JSON.parse(fields.get('data') ?? '') as CommitNotice });
  };
  void (async () => {
    let text = '';
    for await (const chunk of body.pipeThrough(new TextDecoderStream())) {
      const blocks = (text + chunk).split('\n\n');
      text = blocks.pop() ?? '';
      blocks.forEach(take);
    }
  })()
    .catch(() => undefined)
    .finally(() => {
      open = false;
      signalReady();
    });
  await ready;
  return { seen, lastId: () => lastId, isOpen: () => open, close: () => leaving.abort() };
}
