/** Maps a list with at most so many at a time; the results are in the list's order. */
export async function mapSideBySide<T, U>(
  list: readonly T[],
  width: number,
  map: (item: T) => Promise<U>,
): Promise<U[]> {
  const results: U[] = [];
  const left = list.entries();
  const work = async (): Promise<void> => {
    for (const [index, item] of left) results[index] = await map(item);
  };
  await Promise.all(Array.from({ length: width }, work));
  return results;
}
