import type { EventOf, JobState } from '@memlane/contracts';

/** What a job is about to do and how far it got; a new plan begins at nothing. */
export interface PlanFacts {
  readonly commit: string;
  /** null: the recorded files are all there are. */
  readonly baseCommit: string | null;
  readonly rules: number;
  readonly total: number;
  /** Last batch that is recorded, 0 before the first. */
  readonly batch: number;
  /** Entries that are done. */
  readonly done: number;
  readonly counts: EventOf<'repository-synced'>['data']['counts'];
}

/** The last job of a repository. Earlier ones have ended and decide nothing any more. */
export interface JobFacts {
  readonly id: string;
  /** When it was asked for, ISO 8601 UTC. */
  readonly requestedAt: string;
  readonly state: JobState;
  readonly ref: string | null;
  readonly mode: 'incremental' | 'full';
  /** Times that a worker took it since it last got further. */
  readonly attempts: number;
  readonly plan: PlanFacts | null;
  /** Jobs before this one that failed, one after the other. */
  readonly failuresBefore: number;
}

/** What decisions know of one repository. */
export interface RepoFacts {
  readonly id: string;
  readonly name: string;
  readonly source: string;
  readonly store: string;
  /** What readers see; null before the first complete sync. */
  readonly indexed: { readonly commit: string; readonly rules: number } | null;
  readonly job: JobFacts;
  readonly auto: AutoSyncFacts;
}

/** How a repository syncs by itself. */
export interface AutoSyncFacts {
  readonly everyMinutes: number | null;
  readonly hook: string | null;
  /** A webhook was called since the last job was begun to work. */
  readonly wanted: boolean;
}

/** One owner's repositories, as far as a decision looks at them. */
export interface RepoFactsReader {
  byId(id: string): RepoFacts | undefined;
  /** Jobs of the owner that are queued or running. */
  activeJobs(): number;
  /** Repositories of the owner that sync by themselves. */
  autoSynced(): number;
}

/** Whether a job still has work to do. */
export function isActive({ state }: Pick<JobFacts, 'state'>): boolean {
  return state === 'queued' || state === 'running';
}
