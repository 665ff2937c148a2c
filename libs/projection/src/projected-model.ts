import type { GenerationFiles } from './generation.js';
import type { Db } from './open-db.js';
import type { ProjectionOptions } from './run-projection.js';

/** A projection into files of its own: what `startProjector` keeps up to the log. */
export interface ProjectedModel<Prepared = undefined> {
  /** Name in the checkpoint table and of the progress notices. */
  readonly name: string;
  readonly files: GenerationFiles;
  /** Makes the tables of a new file, `parkedSchema` among them; `false` when it is of another version. */
  readonly prepareFile: (db: Db) => boolean;
  readonly openWriter: (db: Db) => ModelWriter<Prepared>;
}

/** The writer of one file; what its functions do is described in `ProjectionOptions`. */
export type ModelWriter<Prepared = undefined> = Pick<ProjectionOptions<Prepared>, 'concerns' | 'prepare' | 'apply'>;
