/** A stream tells a text in so many pieces at most, however long it is. */
const MOST_CHUNKS = 40;

/** The pieces a text is told in: words with the space after them, several at a time in a long text. */
export function chunksOf(text: string): string[] {
  const words = text.match(/\s*\S+\s*?(?=\s|$)|\s+$/g) ?? [];
  const size = Math.ceil(words.length / MOST_CHUNKS);
  return Array.from({ length: Math.ceil(words.length / Math.max(size, 1)) }, (_, index) =>
    words.slice(index * size, (index + 1) * size).join(''),
  );
}
