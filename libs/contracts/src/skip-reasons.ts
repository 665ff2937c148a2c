/** Why a file of a repository is not indexed. The rules reference is generated from it. */
export const skipReasons = {
  submodule: 'It is another repository. Sync that one by its own source.',
  symlink: 'It is a symbolic link. Its target is indexed under its own path when it is part of the repository.',
  'lfs-pointer': 'It stands for a file in Git LFS, which is not fetched.',
  binary: 'It has NUL bytes, or its extension is that of an image, archive, font, media or program.',
  'not-utf8': 'Its content is not UTF-8 text.',
  generated: 'It is made by a tool: a lock file, or marked as generated in its first lines.',
  minified: 'Its lines are longer on average than people write them.',
  'too-large': 'It is larger than `repository_file_bytes`.',
  secret: 'It is a file whose purpose is to hold a secret, such as a private key.',
  'path-not-utf8': 'Its path is not UTF-8. The ledger shows the path with the foreign bytes replaced.',
  'path-too-long': 'Its path is longer than `repository_path_chars`.',
  'path-too-deep': 'It lies deeper than `repository_path_depth`.',
  missing: 'Its content is not in the fetched repository.',
} as const;

export type SkipReason = keyof typeof skipReasons;

export const skipReasonNames = Object.keys(skipReasons) as [SkipReason, ...SkipReason[]];
