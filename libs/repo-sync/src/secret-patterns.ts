/** Texts of a known shape. Where a pattern has a group, that is the secret; else all of the match is. */
export interface SecretPattern {
  /** With the flags `d` and `g`. */
  readonly pattern: RegExp;
  /** Whether the shape is weak: then what it stands for must look like a secret. */
  readonly weak?: true;
  /** Ends of the paths that it is looked for in; default: all. */
  readonly paths?: RegExp;
}

const NAME = String.raw`(?:password|passwd|passphrase|pwd|secret(?:[_-]?key)?|api[_-]?key|access[_-]?key|private[_-]?key|token)`;
const SETTINGS = /\.(?:ya?ml|properties|ini|conf|cfg|toml|tfvars)$|(?:^|\/)\.?env(?:\.[\w.]{1,40})?$/i;

/**
 * What the rules of secretlint do not find, or not in whole. Every repetition is bounded, and no two neighbours can take
 * the same character in more ways than their bounds, so each pattern takes time in proportion to the text.
 */
export const secretPatterns: readonly SecretPattern[] = [
  // Memlane's own keys, as libs/auth makes them and made them.
  { pattern: /(?<![A-Za-z0-9])mlk_(?:[A-Za-z0-9]{8}|[a-z0-5]{16})_[A-Za-z0-9_-]{43}/dg },
  { pattern: /(?<![A-Za-z0-9])(?:AKIA|ASIA|ABIA|ACCA)[0-9A-Z]{16}(?![0-9A-Za-z])/dg },
  {
    pattern:
      /secret[_-]?access[_-]?key["'`]?\s{0,20}(?:=>|:=|[:=])\s{0,20}["'`]?([A-Za-z0-9/+=]{40})(?![A-Za-z0-9/+=])/dgi,
  },
  { pattern: /(?<![A-Za-z0-9])AIza[A-Za-z0-9_-]{35}/dg },
  { pattern: /(?<![A-Za-z0-9])GOCSPX-[A-Za-z0-9_-]{28}/dg },
  { pattern: /(?<![A-Za-z0-9])ya29\.[A-Za-z0-9_-]{20,1000}/dg },
  {
    pattern:
      /(?<![A-Za-z0-9])gl(?:pat|dt|rt|rtr|ptt|ft|agent|soat|cbt|oas|imt|ffct)-[A-Za-z0-9_-]{20,300}(?:\.[A-Za-z0-9_-]{2,40}){0,3}/dg,
  },
  { pattern: /(?<![A-Za-z0-9])[sr]k_(?:live|test)_[A-Za-z0-9]{10,250}/dg },
  { pattern: /(?<![A-Za-z0-9])whsec_[A-Za-z0-9+/=]{24,200}/dg },
  { pattern: /(?<![A-Za-z0-9])sk-(?:proj|svcacct|admin|ant|or)-[A-Za-z0-9_-]{20,300}/dg },
  { pattern: /(?<![A-Za-z0-9])sk-[A-Za-z0-9]{32,200}(?![A-Za-z0-9])/dg },
  { pattern: /(?<![A-Za-z0-9])hf_[A-Za-z0-9]{30,60}(?![A-Za-z0-9])/dg },
  { pattern: /(?<![A-Za-z0-9_-])eyJ[A-Za-z0-9_-]{8,4000}\.eyJ[A-Za-z0-9_-]{8,16000}\.[A-Za-z0-9_-]{8,4000}/dg },
  { pattern: /_authToken=([^\s$"'`]{8,400})/dg },
  { pattern: /(?:AccountKey|SharedAccessKey)=([A-Za-z0-9+/]{40,120}={0,2})/dg },
  { pattern: /[?&]sig=([A-Za-z0-9%+/]{30,120}={0,2})/dg },
  { pattern: /^[ \t]{0,40}Private-Lines: \d{1,3}\r?\n((?:[ \t]{0,40}[A-Za-z0-9+/=]{1,100}\r?\n?){1,200})/dgm },
  { pattern: /^[ \t]{0,40}Private-MAC: ([0-9a-f]{40,64})/dgm },
  {
    pattern:
      /\b(?:machine\s{1,40}\S{1,255}|default)\s{1,40}login\s{1,40}\S{1,255}\s{1,40}password\s{1,40}(\S{1,255})/dg,
  },
  { pattern: /(?<![A-Za-z0-9])\d{8,10}:AA[A-Za-z0-9_-]{33}(?![A-Za-z0-9_-])/dg },
  { pattern: /(?<![A-Za-z0-9])SK[0-9a-f]{32}(?![A-Za-z0-9])/dg },
  { pattern: /(?<![A-Za-z0-9])do[opr]_v1_[a-f0-9]{64}/dg },
  { pattern: /(?<![A-Za-z0-9])pypi-AgE[A-Za-z0-9_-]{50,1000}/dg },
  { pattern: /(?<![A-Za-z0-9])AGE-SECRET-KEY-1[0-9A-Z]{58}/dg },
  // A password in a URL of whatever scheme: `redis://`, `amqps://`.
  { pattern: /[a-z]:\/\/[^\s:@/"'`<>]{0,100}:([^\s@/"'`<>${}*]{3,200})@[\w[]/dgi },
  // A quoted value behind a name, which may be quoted as well.
  {
    pattern: new RegExp(`${NAME}["'\`]?\\s{0,20}(?:=>|:=|[:=])\\s{0,20}["'\`]([^\\s"'\`]{8,200})["'\`]`, 'dgi'),
    weak: true,
  },
  { pattern: new RegExp(`${NAME}>([^\\s<>]{8,200})</`, 'dgi'), weak: true },
  // The same without quotes, as shells and settings have it.
  {
    pattern:
      /^(?:export |ENV |ARG )?[A-Z0-9_]{0,60}(?:PASSWORD|PASSWD|SECRET|TOKEN|(?:API|SECRET|ACCESS|PRIVATE|ENCRYPTION|SIGNING)_?KEY)=([^\s"'`]{8,200})$/dgm,
    weak: true,
  },
  {
    pattern: new RegExp(`${NAME}[ \\t]{0,20}[:=][ \\t]{0,20}([^\\s"'\`]{8,200})[ \\t]{0,20}$`, 'dgim'),
    weak: true,
    paths: SETTINGS,
  },
];

/** What stands for a secret that is put in later, or calls for one. */
const PLACEHOLDER =
  /\$[\w{(]|\{\w{0,40}\}|\{\{|<[\w -]|%[sdv(]|\*{3}|\.{3}|x{4}|change.?me|placeholder|your[_-]|example|process\.env|os\.environ/i;

/** Whether a text that stands where a secret might may be one: words have neither digits nor signs. */
export function looksSecret(text: string): boolean {
  return /[A-Za-z]/.test(text) && /[0-9!@#$%^&*+=~?]/.test(text) && !PLACEHOLDER.test(text);
}
