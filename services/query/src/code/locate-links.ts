import { locateLink } from '@memlane/code-index';
import { freshnessOf } from '../query-context.js';
import type { CodeAnswerer } from './code-context.js';

/** Where places that memories name are in the code as it is now. */
export const locateLinks: CodeAnswerer<'locate-links'> = ({ models }, { owner, input, standing }) => {
  const db = models.db(standing.partition);
  const places = input.links.map((link) => {
    const found = locateLink(db, owner, link);
    if (!found) return null;
    const { path, changedAt, lines } = found;
    return {
      ...{ path, changed_at: changedAt },
      ...(lines && { lines: { start_line: lines.startLine, end_line: lines.endLine } }),
    };
  });
  return { places, ...freshnessOf(standing) };
};
