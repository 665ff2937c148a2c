const HEADER = /---- ?-?BEGIN [A-Z0-9 ]{0,40}PRIVATE KEY(?: BLOCK)?-? ?----/g;
const END = /---- ?-?END [A-Z0-9 ]{0,40}PRIVATE KEY(?: BLOCK)?-? ?----/;
/** Characters within which the end of a key is looked for. */
const KEY_CHARS = 32_768;
/** Lines of a key whose end is not there. */
const KEY_LINES = 400;
/** What goes on behind the header in the same line, where line breaks are escaped. */
const SAME_LINE = /(?:Proc-Type: 4,ENCRYPTED|DEK-Info: [A-Z0-9-]{1,40},|\\[rn]|[A-Za-z0-9+/=]){0,20000}/y;
const FIELD = /^\W{0,20}(?:Proc-Type|DEK-Info|Comment|Version|Hash|Charset|Subject|x-[a-z-]{1,30}): /i;
/** Letters of base64 alone, in the quotes and signs of whatever language. */
const BODY =
  /^(?:\s{0,80}[+/*#>|-]{1,3}\s)?[^\w+/=]{0,80}[A-Za-z0-9+/=]{0,4096}(?:\\[rn]){0,4}[^\w+/=]{0,20}(?:\+\s{0,5})?$/;
const LINE_CHARS = 4_096;

/** Private keys in a text, each to its end, or as far as it looks like one. A header alone is none. */
export function findPrivateKeys(text: string): (readonly [from: number, to: number])[] {
  return [...text.matchAll(HEADER)].flatMap(({ index, 0: header }) => {
    const from = index + header.length;
    const to = findEnd(text, from) ?? skipBody(text, from);
    return to === from ? [] : [[index, to] as const];
  });
}

/** Where the END line ends, unless another key begins before it. */
function findEnd(text: string, from: number): number | undefined {
  const part = text.slice(from, from + KEY_CHARS);
  const next = part.indexOf('BEGIN ');
  const end = END.exec(next < 0 ? part : part.slice(0, next));
  return end ? from + end.index + end[0].length : undefined;
}

function skipBody(text: string, from: number): number {
  SAME_LINE.lastIndex = from;
  let end = from + (SAME_LINE.exec(text)?.[0].length ?? 0);
  let at = end;
  for (let lines = 0; lines < KEY_LINES; lines += 1) {
    const lineEnd = text.indexOf('\n', at);
    const line = text.slice(at, Math.min(lineEnd < 0 ? text.length : lineEnd, at + LINE_CHARS));
    if (!BODY.test(line) && !FIELD.test(line)) return end;
    if (/\w/.test(line)) end = at + line.length;
    if (lineEnd < 0) return end;
    at = lineEnd + 1;
  }
  return end;
}
