import { limit, streams, streamSubjects, subjects } from '@memlane/contracts';
import {
  AckPolicy,
  DeliverPolicy,
  DiscardPolicy,
  RetentionPolicy,
  StorageType,
  StoreCompression,
  type ConsumerConfig,
  type StreamConfig,
} from '@nats-io/jetstream';

const MS = 1_000_000;
const SECOND = 1_000 * MS;
const MINUTE = 60 * SECOND;
const DAY = 24 * 60 * MINUTE;

/** Version of the streams' layout, recorded in the `memlane` bucket. */
export const LOG_VERSION = 1;

export type WantedStream = Partial<StreamConfig> & { readonly name: string; readonly subjects: string[] };

/** The streams of a log (architecture §3). */
export function streamTable(partitions: number, replicas: number): WantedStream[] {
  const common = {
    storage: StorageType.File,
    num_replicas: replicas,
    discard: DiscardPolicy.New,
    allow_direct: true,
    // Said, though they are the server's presets: a stream that forgets events or contents must not be opened.
    max_age: 0,
    max_msgs_per_subject: -1,
  };
  const lanes = Array.from({ length: partitions }, (_, partition) => [
    {
      ...common,
      name: streams.commands(partition),
      subjects: [streamSubjects.commands(partition)],
      retention: RetentionPolicy.Limits,
      max_age: 7 * DAY,
      duplicate_window: 10 * MINUTE,
    },
    {
      ...common,
      name: streams.events(partition),
      subjects: [streamSubjects.events(partition)],
      retention: RetentionPolicy.Limits,
      compression: StoreCompression.S2,
      duplicate_window: 10 * MINUTE,
    },
  ]);
  return [
    ...lanes.flat(),
    {
      ...common,
      name: streams.outcomes,
      subjects: [streamSubjects.outcomes],
      retention: RetentionPolicy.Limits,
      max_age: 7 * DAY,
      max_msgs_per_subject: 1,
      discard_new_per_subject: true,
    },
    {
      ...common,
      name: streams.dlq,
      subjects: [streamSubjects.dlq],
      retention: RetentionPolicy.Limits,
      max_age: 90 * DAY,
    },
    {
      ...common,
      name: streams.jobs,
      subjects: [streamSubjects.jobs],
      retention: RetentionPolicy.Workqueue,
      max_msgs_per_subject: limit('jobs_queued_per_owner'),
      discard_new_per_subject: true,
    },
    {
      ...common,
      name: streams.blobs,
      subjects: [streamSubjects.blobs],
      retention: RetentionPolicy.Limits,
      compression: StoreCompression.S2,
      // The subject is the hash of the content, so a later message is the same as the one it replaces.
      max_msgs_per_subject: 1,
      allow_atomic: true,
    },
  ];
}

/**
 * The consumer that command handlers share. One message in flight: a second one would be delivered out of order after a
 * failover. It is affinity only; correctness rests on compare-and-swap.
 */
export function commandConsumer(name: string): Partial<ConsumerConfig> & { durable_name: string } {
  return {
    durable_name: name,
    ack_policy: AckPolicy.Explicit,
    deliver_policy: DeliverPolicy.All,
    max_ack_pending: 1,
    ack_wait: limit('command_ack_wait_ms') * MS,
  };
}

/**
 * The consumer of one owner's jobs, shared by all workers: one job of an owner at a time, and nobody's jobs wait behind
 * those of others. A worker that is gone loses its job after the wait; the aggregate decides what is left to do.
 */
export function jobConsumer(
  kind: string,
  partition: number,
  owner: string,
): Partial<ConsumerConfig> & { durable_name: string } {
  return {
    durable_name: `${kind}-${owner}`,
    filter_subject: subjects.job(kind, partition, owner),
    ack_policy: AckPolicy.Explicit,
    deliver_policy: DeliverPolicy.All,
    max_ack_pending: 1,
    ack_wait: 10 * SECOND,
    inactive_threshold: 60 * MINUTE,
  };
}

/** Subject of all commits of an owner, or of one of its aggregates. */
export function commitFilter(partition: number, owner: string | undefined, aggregate: string | undefined): string {
  return subjects.event(partition, owner ?? '*', aggregate ?? '>');
}
