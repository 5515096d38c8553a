import type { RunObject } from '../assistants/objects.ts';
import { SIMULATOR_ASSISTANT_ID, SIMULATOR_MODEL } from '../store.ts';
import type { EventType } from './catalogue.ts';

/**
 * The `data` of a sample event, as `POST /v1/webhook_endpoints/{id}/test` sends it: what the type's events carry, about
 * something that does not exist.
 */
export function sampleData(type: EventType): object {
  if (type.startsWith('thread.run.')) return sampleRun(type);
  return SAMPLES[type] ?? { id: `${PREFIX[resourceOf(type)] ?? 'obj'}_sample` };
}

const session = { id: 'sess_sample', environment_type: 'none' };
/** The types that carry more than an id. */
const SAMPLES: Partial<Record<EventType, object>> = {
  'realtime.call.incoming': {
    call_id: 'rtc_sample',
    sip_headers: [{ name: 'From', value: 'sip:+15550100@example.com' }],
  },
  'agent.session.created': session,
  'agent.session.in_progress': session,
  'agent.session.idle': session,
  'agent.session.failed': session,
  'agent.session.action_required': { id: 'sess_sample', required_action: { type: 'function_call' } },
};

const PREFIX: Readonly<Record<string, string>> = {
  response: 'resp',
  batch: 'batch',
  'eval.run': 'evalrun',
  'fine_tuning.job': 'ftjob',
  video: 'video',
  'agent.environment': 'env',
  'safety.alert': 'alert',
};

/** `eval.run` of `eval.run.failed` */
function resourceOf(type: EventType): string {
  return type.slice(0, type.lastIndexOf('.'));
}

function sampleRun(type: EventType): RunObject {
  const status = type.slice('thread.run.'.length);
  return {
    id: 'run_sample',
    object: 'thread.run',
    created_at: 0,
    thread_id: 'thread_sample',
    assistant_id: SIMULATOR_ASSISTANT_ID,
    status: status === 'created' ? 'queued' : status,
    required_action: null,
    last_error: null,
    expires_at: null,
    started_at: null,
    cancelled_at: null,
    failed_at: null,
    completed_at: null,
    incomplete_details: null,
    model: SIMULATOR_MODEL,
    instructions: '',
    tools: [],
    metadata: {},
    usage: null,
    temperature: 1,
    top_p: 1,
    max_prompt_tokens: null,
    max_completion_tokens: null,
    truncation_strategy: { type: 'auto', last_messages: null },
    tool_choice: 'auto',
    parallel_tool_calls: true,
    response_format: 'auto',
  };
}
