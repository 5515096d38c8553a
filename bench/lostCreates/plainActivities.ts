import { createClient } from '../../providers/account.ts';

export interface PlainActivities {
  createResponse(id: string): Promise<string>;
  readStatus(responseId: string): Promise<string>;
}

/** The SDK's calls as activities, without its own retries: Temporal has them. */
export function createPlainActivities(baseURL: string): PlainActivities {
  const client = createClient({ name: 'plain', apiKey: 'sk-simulator', baseURL, webhookSecrets: [] });
  return {
    async createResponse(id) {
      const response = await client.responses.create({
        model: 'gpt-sim',
        input: 'What is 2+2?',
        background: true,
        // By this the simulator's ledger and its faults know the run.
        metadata: { durable_run_id: id },
      });
      return response.id;
    },
    async readStatus(responseId) {
      const response = await client.responses.retrieve(responseId);
      return response.status ?? 'unknown';
    },
  };
}
