import { countLines, locateFile, locateSymbol, readLines, type LineRange } from '@memlane/code-index';
import { memlaneError } from '@memlane/contracts';
import { freshnessOf } from '../query-context.js';
import type { CodeAnswerer } from './code-context.js';
import { cutLines } from './cut-lines.js';
import { noRepository } from './no-repository.js';

/** Reads lines, or the definition of a symbol, of a file at the indexed commit. */
export const readCode: CodeAnswerer<'read-code'> = ({ models }, { owner, input, standing }) => {
  const db = models.db(standing.partition);
  const { repository, path, symbol } = input;
  const file = locateFile(db, { owner, repository, path });
  switch (file.is) {
    case 'no-repository':
      throw noRepository();
    case 'no-file':
      throw memlaneError('MEMLANE_ERR_NOT_FOUND', 'the indexed commit has no such file', { field: 'path' });
    case 'skipped':
      throw memlaneError('MEMLANE_ERR_NOT_FOUND', 'the file is not indexed', {
        field: 'path',
        details: { skipped: file.reason, commit: file.commit },
      });
    case 'file':
      break;
  }
  const lines = countLines(db, file.blob);
  const wanted: LineRange | undefined =
    symbol === undefined
      ? { startLine: input.start_line ?? 1, endLine: input.end_line ?? Math.max(1, lines) }
      : locateSymbol(db, file.blob, symbol);
  if (!wanted) throw memlaneError('MEMLANE_ERR_NOT_FOUND', 'the file defines no such symbol', { field: 'symbol' });
  const found = readLines(db, file.blob, wanted);
  if (!found)
    throw memlaneError('MEMLANE_ERR_INVALID_INPUT', `the file has ${lines} lines`, {
      field: 'start_line',
      limit: lines,
    });
  const { text, endLine, cut } = cutLines(found, input.max_chars);
  return {
    ...{ repository, commit: file.commit, path, start_line: found.startLine, end_line: endLine },
    ...{ language: file.language, text, lines },
    ...(cut && { left_out: `lines ${endLine + 1} to ${found.endLine}: read on from start_line ${endLine + 1}` }),
    ...freshnessOf(standing),
  };
};
