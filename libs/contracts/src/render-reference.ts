import { z } from 'zod';
import { envTable } from './env.js';
import { errors } from './errors.js';
import { eventTypes } from './events.js';
import { jobProgress } from './jobs.js';
import { limits } from './limits.js';
import { natsUsers } from './nats-users.js';
import { planLimits } from './plans.js';
import { commitNotice, eventsQuery, readyNotice, scopeOfChanges } from './live-events.js';
import { renderPage, renderTable } from './render-page.js';
import { secretKinds } from './secret-kinds.js';
import { skipReasons } from './skip-reasons.js';
import { listedInput, tools, type ToolName } from './tools.js';

function page(title: string, lead: string, body: string): string {
  return renderPage('libs/contracts', title, lead, body);
}

/** `docs/reference/limits.md` */
export function renderLimits(): string {
  const rows = Object.entries(limits).map(([name, { value, unit, meaning }]) => [
    `\`${name}\``,
    value.toLocaleString('en-US'),
    unit,
    meaning,
  ]);
  const planRows = Object.entries(planLimits).map(([name, { preset, unit, meaning }]) => [
    `\`${name}\``,
    preset.toLocaleString('en-US'),
    unit,
    meaning,
  ]);
  return page(
    'Limits',
    'Every bound of the service. An input beyond one is refused with an error that names the field and the limit.',
    [
      renderTable(['limit', 'value', 'unit', 'meaning'], rows),
      '## Limits of a user',
      'Set by the plan of the user, see [limits and plans](../guide/limits-and-plans.md); the preset holds where a plan says nothing else.',
      renderTable(['limit of a plan', 'preset', 'unit', 'meaning'], planRows),
    ].join('\n\n'),
  );
}

/** `docs/reference/errors.md` */
export function renderErrors(): string {
  const rows = Object.entries(errors).map(([code, { status, retryable, meaning, remedy }]) => [
    `\`${code}\``,
    String(status),
    retryable ? 'yes' : 'no',
    meaning,
    remedy,
  ]);
  return page(
    'Errors',
    'Over MCP an error is `isError: true` with `structuredContent.error`; over HTTP it is a problem document (RFC 9457).',
    renderTable(['code', 'HTTP', 'retry', 'meaning', 'what to do'], rows),
  );
}

/** `docs/reference/environment.md` */
export function renderEnvironment(): string {
  const rows = Object.entries(envTable).map(([name, { schema, meaning }]) => {
    const preset: unknown = schema.safeParse(undefined).data;
    return [`\`${name}\``, preset === undefined ? '–' : `\`${JSON.stringify(preset).replaceAll('"', '')}\``, meaning];
  });
  return page(
    'Environment variables',
    'Read by the services. `memlane up` sets them for its children; a deployment sets them itself.',
    renderTable(['variable', 'default', 'meaning'], rows),
  );
}

/** `docs/reference/tools.md` */
export function renderTools(): string {
  const sections = (Object.keys(tools) as ToolName[]).map((name) => {
    const { title, description, output, scope } = tools[name];
    return [
      `## ${name}`,
      `**${title}.** ${description} Scope: \`${scope}\`.`,
      renderFields('input', z.toJSONSchema(listedInput(name), { io: 'input', unrepresentable: 'any' })),
      `Answer: ${fieldNames(z.toJSONSchema(output, { unrepresentable: 'any' }))}`,
    ].join('\n\n');
  });
  return page(
    'Tools',
    'Every answer is `structuredContent` and the same as text. Times are ISO 8601 in UTC; unknown fields are refused.',
    sections.join('\n\n'),
  );
}

/** `docs/reference/nats-users.md` */
export function renderNatsUsers(): string {
  const list = (subjects: readonly string[]) => subjects.map((subject) => `\`${subject}\``).join('<br>') || '–';
  const rows = Object.entries(natsUsers).map(([name, { meaning, publish, subscribe, answers }]) => [
    `\`${name}\``,
    meaning,
    list(publish),
    list(subscribe),
    answers ? 'yes' : 'no',
  ]);
  return page(
    'NATS users',
    'Each service that `memlane up` starts has a NATS user with a password of this run, and may do what is listed here ' +
      'and nothing else. `{p}` is each partition, `{pp}` the same in two digits. All of them may also ask for ' +
      '`$JS.API.INFO`, `$JS.API.STREAM.INFO.*` and the configuration of the log, and hear answers on `_INBOX_<user>.>`. ' +
      '"Answers" means: it may reply to a request that it received, once. `memlane up` and the CLI use the user ' +
      '`memlane`, who may do everything. With `MEMLANE_NATS_URL` the users are those of your server.',
    renderTable(['user', 'what for', 'publishes', 'subscribes', 'answers'], rows),
  );
}

/** `docs/reference/events.md` */
export function renderEvents(): string {
  const schemaOf = (schema: z.ZodType, io: 'input' | 'output' = 'output') =>
    z.toJSONSchema(schema, { io, unrepresentable: 'any' });
  const aggregates = Object.entries(scopeOfChanges).map(([kind, scope]) => [`\`${kind}\``, `\`${scope}\``]);
  const bounds = Object.entries(limits)
    .filter(([name]) => name.startsWith('event_stream'))
    .map(([name, { value, unit, meaning }]) => [`\`${name}\``, value.toLocaleString('en-US'), unit, meaning]);
  const types = Object.keys(eventTypes).map((type) => `\`${type}\``);
  return page(
    'Live events',
    '`GET /events` answers `text/event-stream` (server-sent events): the changes of the user whose key it is, in the order of ' +
      'the log. See the [guide](../guide/live-events.md).',
    [
      '## Request',
      renderFields('query', schemaOf(eventsQuery, 'input')),
      'Header `Last-Event-ID`: the `id` of the last event that was received; the stream goes on after it. Without one it begins ' +
        'with what happens from now on. An id that is not a position of this user’s log is refused with ' +
        '`MEMLANE_ERR_POSITION_UNKNOWN`, whatever is wrong with it.',
      '## `event: ready`',
      'The first event of every stream. Its `id` is where the stream begins.',
      renderFields('data', schemaOf(readyNotice)),
      '## `event: commit`',
      'What one command changed, all of it or nothing. Types: ' +
        `${types.join(', ')}; a client passes over those it does not know.`,
      renderFields('data', schemaOf(commitNotice)),
      '## `event: job`',
      'How far a job is, several times a second while it runs. It has no `id`, since it is nothing that happened: what a job ' +
        'has recorded, and how it ended, comes as a `commit`, also to a client that was away. Needs the scope ' +
        `\`${scopeOfChanges.repo}\`.`,
      renderFields('data', schemaOf(jobProgress)),
      '## Scopes',
      'The key must have one of these; changes are told by the scopes that it has.',
      renderTable(['aggregate', 'scope'], aggregates),
      '## Limits',
      renderTable(['limit', 'value', 'unit', 'meaning'], bounds),
    ].join('\n\n'),
  );
}

type JsonSchema = z.core.JSONSchema.BaseSchema;

function renderFields(head: string, schema: JsonSchema): string {
  const required = new Set(schema.required ?? []);
  const rows = Object.entries(schema.properties ?? {}).map(([name, value]) => {
    const property: JsonSchema = typeof value === 'object' ? value : {};
    return [`\`${name}\``, typeOf(property), required.has(name) ? 'yes' : '', property.description ?? ''];
  });
  return renderTable([head, 'type', 'required', 'meaning'], rows);
}

function typeOf(schema: JsonSchema): string {
  if (schema.enum) return schema.enum.map((value) => `\`${String(value)}\``).join(', ');
  if (schema.type === 'array') {
    const items = typeof schema.items === 'object' && !Array.isArray(schema.items) ? schema.items : {};
    return `${String(items.type ?? 'any')}[]`;
  }
  if (schema.anyOf) return schema.anyOf.map((option) => typeOf(option)).join(' or ');
  return Array.isArray(schema.type) ? schema.type.join(' or ') : (schema.type ?? 'any');
}

function fieldNames(schema: JsonSchema): string {
  const required = new Set(schema.required ?? []);
  return Object.keys(schema.properties ?? {})
    .map((name) => `\`${name}${required.has(name) ? '' : '?'}\``)
    .join(', ');
}

/** `docs/reference/skipped-files.md` */
export function renderSkipReasons(): string {
  return page(
    'Skipped files',
    'Files of a repository that are known but not indexed, and why. What is taken for a secret in other files is replaced by `[redacted]` before anything is stored.',
    [
      renderTable(
        ['reason', 'meaning'],
        Object.entries(skipReasons).map(([reason, meaning]) => [`\`${reason}\``, meaning]),
      ),
      '## Secrets',
      'These kinds are recognised, each by its shape. Others are not: a secret that looks like any other text is stored as it is.',
      renderTable(
        ['kind', 'what is replaced'],
        Object.entries(secretKinds).map(([kind, meaning]) => [`\`${kind}\``, meaning]),
      ),
    ].join('\n\n'),
  );
}
