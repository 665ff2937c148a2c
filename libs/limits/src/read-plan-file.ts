import { readFile } from 'node:fs/promises';
import { memlaneError, MemlaneError, parseInput, planTable, type PlanTable } from '@memlane/contracts';

/**
 * Reads a file of plans.
 *
 * @throws MemlaneError `MEMLANE_ERR_INVALID_INPUT` that names the field at fault
 */
export async function readPlanFile(path: string): Promise<PlanTable> {
  const parsed = parseInput(planTable, parseJson(await readText(path)));
  if (!parsed.ok) throw new MemlaneError(parsed.error);
  return parsed.value;
}

async function readText(path: string): Promise<string> {
  try {
    return await readFile(path, 'utf8');
  } catch (cause) {
    const code = cause instanceof Error && 'code' in cause ? ` (${String(cause.code)})` : '';
    throw memlaneError('MEMLANE_ERR_INVALID_INPUT', `the file of plans cannot be read${code}: ${path}`, {
      field: 'file',
    });
  }
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw memlaneError('MEMLANE_ERR_INVALID_INPUT', 'the file of plans is not valid JSON', { field: 'file' });
  }
}
