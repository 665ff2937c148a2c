import {
  ProtocolError,
  ProtocolErrorCode,
  ResourceNotFoundError,
  Server,
  type GetPromptResult,
  type InputRequiredResult,
  type Prompt,
  type ReadResourceResult,
  type ServerContext,
  type Tool,
} from '@modelcontextprotocol/server';
import { embedded, image, PNG, text } from './fixture-content.js';
import { enteredText, inputTools, requestState } from './fixture-input.js';
import { fixtureTools } from './fixture-tools.js';

// What the conformance suite wants of a server beside what Memlane offers. Served on the gateway's own HTTP stack.

function toolOf(name: string, description: string, args: readonly string[] = []): Tool {
  const properties = Object.fromEntries(args.map((arg) => [arg, { type: 'string' as const }]));
  return { name, description, inputSchema: { type: 'object', properties, required: [...args] } };
}

const tools: Tool[] = [
  ...Object.entries(fixtureTools).map(([name, { description, args }]) => toolOf(name, description, args)),
  ...Object.keys(inputTools).map((name) => toolOf(name, 'Asks for input before it answers.')),
];

const resources: Readonly<Record<string, { mimeType: string } & ({ text: string } | { blob: string })>> = {
  'test://static-text': { mimeType: 'text/plain', text: 'This is the content of the static text resource.' },
  'test://static-binary': { mimeType: 'image/png', blob: PNG },
  'test://watched-resource': { mimeType: 'text/plain', text: 'watched' },
};

function readResource(uri: string): ReadResourceResult {
  const known = resources[uri];
  if (known) return { contents: [{ uri, ...known }] };
  const id = /^test:\/\/template\/([^/]+)\/data$/.exec(uri)?.[1];
  if (id === undefined) throw new ResourceNotFoundError(uri);
  const data = JSON.stringify({ id, templateTest: true, data: `Data for ID: ${id}` });
  return { contents: [{ uri, mimeType: 'application/json', text: data }] };
}

const prompts: Prompt[] = [
  { name: 'test_simple_prompt', description: 'A text.' },
  {
    name: 'test_prompt_with_arguments',
    description: 'A text with two arguments.',
    arguments: [
      { name: 'arg1', description: 'First test argument', required: true },
      { name: 'arg2', description: 'Second test argument', required: true },
    ],
  },
  {
    name: 'test_prompt_with_embedded_resource',
    description: 'A resource.',
    arguments: [{ name: 'resourceUri', description: 'URI of the resource to embed', required: true }],
  },
  { name: 'test_prompt_with_image', description: 'An image.' },
  { name: 'test_input_required_result_prompt', description: 'Asks for input first.' },
];

function messages(...content: GetPromptResult['messages'][number]['content'][]): GetPromptResult {
  return { messages: content.map((block) => ({ role: 'user', content: block })) };
}

function getPrompt(
  name: string,
  args: Readonly<Record<string, string>>,
  context: ServerContext,
): GetPromptResult | InputRequiredResult {
  switch (name) {
    case 'test_simple_prompt':
      return messages(text('This is a simple prompt for testing.'));
    case 'test_prompt_with_arguments':
      return messages(text(`Prompt with arguments: arg1='${args['arg1'] ?? ''}', arg2='${args['arg2'] ?? ''}'`));
    case 'test_prompt_with_embedded_resource':
      return messages(
        embedded(args['resourceUri'] ?? '', 'text/plain', 'Embedded resource content for testing.'),
        text('Please process the embedded resource above.'),
      );
    case 'test_prompt_with_image':
      return messages(image(), text('Please analyze the image above.'));
    case 'test_input_required_result_prompt': {
      const entered = enteredText(context, 'user_context', 'context');
      return entered === undefined ? askForContext() : messages(text(`In the context of ${entered}`));
    }
    default:
      throw new ProtocolError(ProtocolErrorCode.InvalidParams, 'unknown prompt');
  }
}

function askForContext(): InputRequiredResult {
  const requestedSchema = {
    type: 'object' as const,
    properties: { context: { type: 'string' as const } },
    required: ['context'],
  };
  const params = { mode: 'form' as const, message: 'What context should the prompt use?', requestedSchema };
  return { resultType: 'input_required', inputRequests: { user_context: { method: 'elicitation/create', params } } };
}

/** A server with every fixture that the required scenarios of both eras ask for. */
export function createFixtureServer() {
  const server = new Server(
    { name: 'memlane-conformance-fixture', version: '0' },
    {
      capabilities: {
        tools: { listChanged: true },
        resources: { subscribe: true, listChanged: true },
        prompts: { listChanged: true },
        logging: {},
        completions: {},
      },
      requestState: { verify: (state, context) => requestState.verify(state, context) },
    },
  );
  server.setRequestHandler('tools/list', () => ({ tools }));
  server.setRequestHandler('tools/call', ({ params: { name, arguments: args = {} } }, context) => {
    const run = fixtureTools[name]?.run ?? inputTools[name];
    if (!run) throw new ProtocolError(ProtocolErrorCode.InvalidParams, 'unknown tool');
    return run(context, args);
  });
  server.setRequestHandler('resources/list', () => ({
    resources: Object.entries(resources).map(([uri, { mimeType }]) => ({
      uri,
      name: uri.slice('test://'.length),
      description: 'A fixture.',
      mimeType,
    })),
  }));
  server.setRequestHandler('resources/templates/list', () => ({
    resourceTemplates: [{ uriTemplate: 'test://template/{id}/data', name: 'template', description: 'A fixture.' }],
  }));
  server.setRequestHandler('resources/read', ({ params }) => readResource(params.uri));
  server.setRequestHandler('resources/subscribe', () => ({}));
  server.setRequestHandler('resources/unsubscribe', () => ({}));
  server.setRequestHandler('prompts/list', () => ({ prompts }));
  server.setRequestHandler('prompts/get', ({ params }, context) =>
    getPrompt(params.name, params.arguments ?? {}, context),
  );
  server.setRequestHandler('completion/complete', () => ({ completion: { values: [], total: 0, hasMore: false } }));
  return server;
}
