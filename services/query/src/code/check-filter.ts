import { listRepositories } from '@memlane/code-index';
import { languages } from '@memlane/code-intel';
import { memlaneError } from '@memlane/contracts';
import type { Db } from '@memlane/projection';

const languageNames = [...languages.map(({ name }) => name), 'text'];

/**
 * Refuses the name of a repository that the owner has not, so that a slip is not taken for "nothing found".
 *
 * @param fieldOf the field of the input that has the name at an index
 * @throws MemlaneError `MEMLANE_ERR_NOT_FOUND`
 */
export function checkRepositories(
  db: Db,
  owner: string,
  names: readonly string[] | undefined,
  fieldOf = (index: number) => `repositories[${index}]`,
): void {
  if (names === undefined) return;
  const known = new Set(listRepositories(db, owner).map(({ name }) => name));
  const at = names.findIndex((name) => !known.has(name));
  if (at < 0) return;
  const field = fieldOf(at);
  const message = `${field}: there is no repository of this name, see list_repositories`;
  throw memlaneError('MEMLANE_ERR_NOT_FOUND', message, { field });
}

/** @throws MemlaneError `MEMLANE_ERR_INVALID_INPUT` */
export function checkLanguage(language: string | undefined): void {
  if (language === undefined || languageNames.includes(language)) return;
  const message = `language: is not one of ${languageNames.join(', ')}`;
  throw memlaneError('MEMLANE_ERR_INVALID_INPUT', message, { field: 'language' });
}
