import {
  MissingRequiredClientCapabilityError,
  type CallToolResult,
  type ElicitRequestFormParams,
  type ServerContext,
} from '@modelcontextprotocol/server';
import { setTimeout as delay } from 'node:timers/promises';
import { embedded, image, text, WAV } from './fixture-content.js';
import { declaredCapabilities } from './fixture-input.js';

/** A tool that the suite wants to call. */
export interface FixtureTool {
  readonly description: string;
  /** Names of its arguments, all of them texts. */
  readonly args?: readonly string[];
  readonly run: (context: ServerContext, args: Readonly<Record<string, unknown>>) => Promise<CallToolResult>;
}

type Schema = ElicitRequestFormParams['requestedSchema'];

const STEP_MS = 50;

function contentOf(...content: CallToolResult['content']): Promise<CallToolResult> {
  return Promise.resolve({ content });
}

async function elicit(context: ServerContext, message: string, requestedSchema: Schema, prefix: string) {
  const { action, content } = await context.mcpReq.elicitInput({ mode: 'form', message, requestedSchema });
  return { content: [text(`${prefix}: action=${action}, content=${JSON.stringify(content ?? {})}`)] };
}

const withDefaults: Schema = {
  type: 'object',
  properties: {
    name: { type: 'string', default: 'John Doe' },
    age: { type: 'integer', default: 30 },
    score: { type: 'number', default: 95.5 },
    status: { type: 'string', enum: ['active', 'inactive', 'pending'], default: 'active' },
    verified: { type: 'boolean', default: true },
  },
};

const options = ['option1', 'option2', 'option3'];
const titled = (noun: string) =>
  ['First', 'Second', 'Third'].map((word, index) => ({ const: `value${index + 1}`, title: `${word} ${noun}` }));
const withEnums: Schema = {
  type: 'object',
  properties: {
    untitledSingle: { type: 'string', enum: options },
    titledSingle: { type: 'string', oneOf: titled('Option') },
    legacyEnum: {
      type: 'string',
      enum: ['opt1', 'opt2', 'opt3'],
      enumNames: ['Option One', 'Option Two', 'Option Three'],
    },
    untitledMulti: { type: 'array', items: { type: 'string', enum: options } },
    titledMulti: { type: 'array', items: { anyOf: titled('Choice') } },
  },
};

const withUser: Schema = {
  type: 'object',
  properties: {
    username: { type: 'string', description: "User's response" },
    email: { type: 'string', description: "User's email address" },
  },
  required: ['username', 'email'],
};

export const fixtureTools: Readonly<Record<string, FixtureTool>> = {
  test_simple_text: {
    description: 'Answers a text.',
    run: () => contentOf(text('This is a simple text response for testing.')),
  },
  test_image_content: { description: 'Answers an image.', run: () => contentOf(image()) },
  test_audio_content: {
    description: 'Answers a sound.',
    run: () => contentOf({ type: 'audio', data: WAV, mimeType: 'audio/wav' }),
  },
  test_embedded_resource: {
    description: 'Answers a resource.',
    run: () => contentOf(embedded('test://embedded-resource', 'text/plain', 'This is an embedded resource content.')),
  },
  test_multiple_content_types: {
    description: 'Answers a text, an image and a resource.',
    run: () =>
      contentOf(
        text('Multiple content types test:'),
        image(),
        embedded('test://mixed-content-resource', 'application/json', JSON.stringify({ test: 'data', value: 123 })),
      ),
  },
  test_error_handling: {
    description: 'Fails.',
    run: async () => ({ isError: true, content: [text('This tool intentionally returns an error for testing')] }),
  },
  test_tool_with_logging: {
    description: 'Logs while it works.',
    run: async (context) => {
      for (const message of ['Tool execution started', 'Tool processing data', 'Tool execution completed']) {
        await context.mcpReq.log('info', message);
        await delay(STEP_MS);
      }
      return contentOf(text('logged three times'));
    },
  },
  test_logging_tool: {
    description: 'Logs once, if the request wants that.',
    run: async (context) => {
      await context.mcpReq.log('info', 'working');
      return contentOf(text('done'));
    },
  },
  test_tool_with_progress: {
    description: 'Tells how far it is.',
    run: async ({ mcpReq }) => {
      const progressToken = mcpReq._meta?.progressToken;
      for (const progress of [0, 50, 100]) {
        if (progressToken !== undefined)
          await mcpReq.notify({ method: 'notifications/progress', params: { progressToken, progress, total: 100 } });
        await delay(STEP_MS);
      }
      return contentOf(text('done'));
    },
  },
  test_sampling: {
    description: "Asks the client's model.",
    args: ['prompt'],
    run: async (context, { prompt }) => {
      const { content } = await context.mcpReq.requestSampling({
        messages: [{ role: 'user', content: { type: 'text', text: String(prompt) } }],
        maxTokens: 100,
      });
      const [first] = Array.isArray(content) ? content : [content];
      return contentOf(text(`LLM response: ${first?.type === 'text' ? first.text : ''}`));
    },
  },
  test_elicitation: {
    description: "Asks the client's user.",
    args: ['message'],
    run: (context, { message }) => elicit(context, String(message), withUser, 'User response'),
  },
  test_elicitation_sep1034_defaults: {
    description: 'Asks with default values.',
    run: (context) => elicit(context, 'Please review the defaults', withDefaults, 'Elicitation completed'),
  },
  test_elicitation_sep1330_enums: {
    description: 'Asks with every kind of choice.',
    run: (context) => elicit(context, 'Please choose', withEnums, 'Elicitation completed'),
  },
  test_missing_capability: {
    description: 'Needs a client that can sample.',
    run: async (context) => {
      if (!declaredCapabilities(context).sampling)
        throw new MissingRequiredClientCapabilityError({ requiredCapabilities: { sampling: {} } });
      return contentOf(text('the client can sample'));
    },
  },
};
