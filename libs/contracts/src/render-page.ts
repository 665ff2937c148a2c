/** A page of the reference that is generated from tables in the code. @param from where these are, e.g. `libs/contracts` */
export function renderPage(from: string, title: string, lead: string, body: string): string {
  const notice = `<!-- Generated from ${from} by \`npm run docs\`; a test fails when it differs. -->`;
  return `# ${title}\n\n${notice}\n\n${lead}\n\n${body}\n`;
}

/** A Markdown table with its columns aligned, as the formatter would leave it. */
export function renderTable(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const all = [head, ...rows.map((row) => row.map((cell) => cell.replaceAll('|', '\\|')))];
  const widths = head.map((_, column) => Math.max(3, ...all.map((row) => (row[column] ?? '').length)));
  const line = (row: readonly string[]) => `| ${row.map((cell, i) => cell.padEnd(widths[i] ?? 0)).join(' | ')} |`;
  const rule = `| ${widths.map((width) => '-'.repeat(width)).join(' | ')} |`;
  const [first, ...rest] = all;
  return [line(first ?? []), rule, ...rest.map(line)].join('\n');
}
