/** Languages whose files name each other's definitions freely. */
const families: readonly (readonly string[])[] = [
  ['javascript', 'typescript', 'tsx'],
  ['c', 'cpp'],
  ['java', 'kotlin', 'scala'],
  ['css', 'scss'],
];
const familyOfLanguage = new Map(
  families.flatMap((family) => family.map((language) => [language, family[0] ?? language])),
);

/** One name for all languages whose files name each other's definitions. */
export function languageFamily(language: string): string {
  return familyOfLanguage.get(language) ?? language;
}
