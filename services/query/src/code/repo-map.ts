import { readMap, type ReadMap } from '@memlane/code-index';
import { freshnessOf } from '../query-context.js';
import type { CodeAnswerer } from './code-context.js';
import { noRepository } from './no-repository.js';

/** A map of a repository in as many tokens as asked for: what is important in it, seen from the focus. */
export const repoMap: CodeAnswerer<'repo-map'> = ({ models }, { owner, input, standing }) => {
  const { repository, focus, max_tokens: maxTokens } = input;
  const map = readMap(models.db(standing.partition), { owner, repository, focus, maxTokens });
  if (!map) throw noRepository();
  const { commit, text, files, symbols, tokens } = map;
  const leftOut = leftOutOf(map);
  return {
    ...{ repository, commit, text, files, symbols, tokens },
    ...(leftOut !== undefined && { left_out: leftOut }),
    ...freshnessOf(standing),
  };
};

function leftOutOf({ files, symbols, of, unknown }: ReadMap): string | undefined {
  const parts = [
    ...(files < of.files || symbols < of.symbols
      ? [
          `${of.files - files} of ${of.files} files and ${of.symbols - symbols} of ${of.symbols} definitions: ` +
            'raise max_tokens, or name paths, definitions or words in focus',
        ]
      : []),
    ...(unknown > 0 ? [`nothing fits ${unknown} of the focus`] : []),
  ];
  return parts.length > 0 ? parts.join('; ') : undefined;
}
