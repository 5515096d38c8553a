import type { NewMessage } from '../store.ts';
import type { MessageContent } from './objects.ts';
import type { MessageBody } from './schemas.ts';

/** A message as it is sent, turned into one as it is kept. */
export function toNewMessage(body: MessageBody): NewMessage {
  return {
    role: body.role,
    content: toContent(body.content),
    attachments: body.attachments ?? [],
    metadata: body.metadata ?? {},
  };
}

function toContent(content: MessageBody['content']): MessageContent[] {
  if (typeof content === 'string') return [toText(content)];
  return content.map((part) => (part.type === 'text' ? toText(part.text) : part));
}

function toText(value: string): MessageContent {
  return { type: 'text', text: { value, annotations: [] } };
}
