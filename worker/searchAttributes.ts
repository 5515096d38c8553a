import type { NativeConnection } from '@temporalio/worker';
import proto from '@temporalio/proto';
import { StartupError } from '../config/process.ts';
import { searchAttributeNames } from '../core/searchAttributes.ts';

const keyword: number = proto.temporal.api.enums.v1.IndexedValueType.INDEXED_VALUE_TYPE_KEYWORD;

/**
 * Makes sure that the namespace knows the search attributes that runs set: without them a run's first upsert would fail, again and
 * again. Where the worker may not add them (Temporal Cloud), it says what to do.
 *
 * @throws {StartupError} when they are not there, and could not be added
 */
export async function ensureSearchAttributes(connection: NativeConnection, namespace: string): Promise<void> {
  const known = await listSearchAttributes(connection, namespace);
  const wanted = Object.values(searchAttributeNames);
  const mistyped = wanted.filter((name) => (known[name] ?? keyword) !== keyword);
  if (mistyped.length > 0) {
    throw new StartupError(
      `The namespace '${namespace}' has search attributes named ${mistyped.join(', ')}, but not of the type Keyword, ` +
        'so runs cannot set them. Remove them, or use another namespace.',
    );
  }
  const missing = wanted.filter((name) => known[name] === undefined);
  if (missing.length > 0) await addSearchAttributes(connection, namespace, missing);
}

async function addSearchAttributes(
  connection: NativeConnection,
  namespace: string,
  names: readonly string[],
): Promise<void> {
  try {
    await connection.operatorService.addSearchAttributes({
      namespace,
      searchAttributes: Object.fromEntries(names.map((name) => [name, keyword])),
    });
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new StartupError(
      `The namespace '${namespace}' lacks the search attributes ${names.join(', ')}, and they could not be added: ${reason}. ` +
        `Add each as a Keyword: temporal operator search-attribute create --namespace ${namespace} ` +
        names.map((name) => `--name ${name} --type Keyword`).join(' '),
    );
  }
}

async function listSearchAttributes(
  connection: NativeConnection,
  namespace: string,
): Promise<Record<string, number>> {
  try {
    const { customAttributes } = await connection.operatorService.listSearchAttributes({ namespace });
    return customAttributes;
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new StartupError(
      `The search attributes of the namespace '${namespace}' could not be read: ${reason}. ` +
        'Check TEMPORAL_NAMESPACE, and that the namespace exists.',
    );
  }
}
