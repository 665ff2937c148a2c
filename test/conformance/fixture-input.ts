import {
  CLIENT_CAPABILITIES_META_KEY,
  createRequestStateCodec,
  inputResponse,
  type CallToolResult,
  type ClientCapabilities,
  type InputRequest,
  type InputRequiredResult,
  type ServerContext,
} from '@modelcontextprotocol/server';
import { randomBytes } from 'node:crypto';
import { text } from './fixture-content.js';

// Fixtures that ask the client for input by answering `input_required` (2026-07-28).

/** What the client gets back and must return unchanged; sealed, since a client may try to change it. */
export const requestState = createRequestStateCodec<{ step: number }>({ key: randomBytes(32) });

type InputTool = (context: ServerContext) => Promise<CallToolResult | InputRequiredResult>;

function elicit(message: string, field: string, type: 'string' | 'boolean'): InputRequest {
  const property = type === 'string' ? { type: 'string' as const } : { type: 'boolean' as const };
  const requestedSchema = { type: 'object' as const, properties: { [field]: property }, required: [field] };
  return { method: 'elicitation/create', params: { mode: 'form', message, requestedSchema } };
}

function sample(question: string, maxTokens: number): InputRequest {
  const messages = [{ role: 'user' as const, content: { type: 'text' as const, text: question } }];
  return { method: 'sampling/createMessage', params: { messages, maxTokens } };
}

const listRoots: InputRequest = { method: 'roots/list', params: {} };

async function ask(inputRequests: Record<string, InputRequest>, step?: number): Promise<InputRequiredResult> {
  const sealed = step === undefined ? {} : { requestState: await requestState.mint({ step }) };
  return { resultType: 'input_required', inputRequests, ...sealed };
}

function say(value: string): CallToolResult {
  return { content: [text(value)] };
}

/** The text that the client's user entered for a request; `undefined` when there is no such answer. */
export function enteredText(context: ServerContext, key: string, field: string): string | undefined {
  const response = inputResponse(context.mcpReq.inputResponses, key);
  const value = response.kind === 'elicit' ? response.content?.[field] : undefined;
  return typeof value === 'string' ? value : undefined;
}

/** What the client of this request can do, as the request says. */
export function declaredCapabilities({ mcpReq }: ServerContext): ClientCapabilities {
  const envelope = mcpReq.envelope as Readonly<Record<string, ClientCapabilities>> | undefined;
  return envelope?.[CLIENT_CAPABILITIES_META_KEY] ?? {};
}

function hasAnswers(context: ServerContext, ...keys: string[]): boolean {
  return keys.every((key) => inputResponse(context.mcpReq.inputResponses, key).kind !== 'missing');
}

export const inputTools: Readonly<Record<string, InputTool>> = {
  test_input_required_result_elicitation: async (context) => {
    const name = enteredText(context, 'user_name', 'name');
    return name === undefined
      ? ask({ user_name: elicit('What is your name?', 'name', 'string') })
      : say(`Hello, ${name}!`);
  },
  test_input_required_result_sampling: async (context) => {
    const response = inputResponse(context.mcpReq.inputResponses, 'capital_question');
    return response.kind === 'sampling'
      ? say(`The model says: ${JSON.stringify(response)}`)
      : ask({ capital_question: sample('What is the capital of France?', 100) });
  },
  test_input_required_result_list_roots: async (context) =>
    hasAnswers(context, 'client_roots')
      ? say(`Roots: ${JSON.stringify(context.mcpReq.inputResponses?.['client_roots'])}`)
      : ask({ client_roots: listRoots }),
  test_input_required_result_request_state: async (context) => {
    const state = context.mcpReq.requestState<{ step: number }>();
    return state?.step === 1 && hasAnswers(context, 'confirm')
      ? say('state-ok')
      : ask({ confirm: elicit('Please confirm', 'ok', 'boolean') }, 1);
  },
  test_input_required_result_multiple_inputs: async (context) =>
    hasAnswers(context, 'user_name', 'greeting', 'client_roots')
      ? say('all inputs are there')
      : ask(
          {
            user_name: elicit('What is your name?', 'name', 'string'),
            greeting: sample('Generate a greeting', 50),
            client_roots: listRoots,
          },
          1,
        ),
  test_input_required_result_multi_round: async (context) => {
    const step = context.mcpReq.requestState<{ step: number }>()?.step ?? 0;
    if (step === 1 && hasAnswers(context, 'step1'))
      return ask({ step2: elicit('Step 2: What is your favorite color?', 'color', 'string') }, 2);
    if (step === 2 && hasAnswers(context, 'step2')) return say('both steps are done');
    return ask({ step1: elicit('Step 1: What is your name?', 'name', 'string') }, 1);
  },
  test_input_required_result_tampered_state: async (context) =>
    context.mcpReq.requestState<{ step: number }>() === undefined
      ? ask({ confirm: elicit('Please confirm', 'ok', 'boolean') }, 1)
      : say('the state is as it was sealed'),
  test_input_required_result_capabilities: async (context) => {
    const declared = declaredCapabilities(context);
    if (hasAnswers(context, 'question') || hasAnswers(context, 'entry')) return say('thanks');
    return ask({
      ...(declared.sampling ? { question: sample('Say something', 50) } : {}),
      ...(declared.elicitation ? { entry: elicit('Enter something', 'entry', 'string') } : {}),
    });
  },
  test_streaming_elicitation: async (context) =>
    hasAnswers(context, 'entry') ? say('thanks') : ask({ entry: elicit('Enter something', 'entry', 'string') }),
};
