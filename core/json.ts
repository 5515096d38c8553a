/** A value that survives JSON, and so Temporal's default payload converter, unchanged. */
export type JsonValue = string | number | boolean | null | JsonValue[] | JsonObject;
export type JsonObject = { [key: string]: JsonValue };

/** The value that a text stands for; null when it is not JSON. */
export function parseJson(text: string): JsonValue {
  try {
    const value: JsonValue = JSON.parse(text);
    return value;
  } catch {
    return null;
  }
}

/** True for a plain JSON object: not null, not an array. */
export function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/**
 * The same text for the same JSON value, whatever the order of its keys: models write the arguments of a repeated
 * tool call in any order. Text that is not JSON stays as it is, and so does JSON that is nested too deeply to be written again.
 */
export function canonicalJson(text: string): string {
  try {
    const value: unknown = JSON.parse(text);
    return JSON.stringify(value, (_key, part: unknown) =>
      isObject(part)
        ? Object.fromEntries(Object.entries(part).toSorted(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0)))
        : part,
    );
  } catch {
    return text;
  }
}

/** The bytes that a text takes inside of JSON, without its quotes: what counts against Temporal's limits. */
export function jsonBytes(text: string): number {
  return utf8Bytes(JSON.stringify(text)) - 2;
}

/** The bytes of a text as UTF-8, for texts without lone surrogates, such as JSON. */
export function utf8Bytes(text: string): number {
  let bytes = 0;
  for (let index = 0; index < text.length; index += 1) {
    const unit = text.charCodeAt(index);
    // Surrogates come in pairs, and a pair takes four bytes.
    if (unit < 0x80) bytes += 1;
    else if (unit < 0x800 || (unit >= 0xd800 && unit <= 0xdfff)) bytes += 2;
    else bytes += 3;
  }
  return bytes;
}
