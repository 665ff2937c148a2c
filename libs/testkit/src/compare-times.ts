/**
 * How much longer one call takes than another, so that a difference shows on a busy machine too: both are made in turn,
 * in changing order, and the pairs count in which the first one took longer.
 *
 * @param one the call of each pair, by its number
 * @returns how many more than half of the pairs that were, in standard deviations of a coin that is tossed; calls that take
 * the same time stay between -5 and 5 in all but one of a million comparisons
 */
export async function compareTimes(
  pairs: number,
  one: (pair: number) => Promise<unknown>,
  other: (pair: number) => Promise<unknown>,
): Promise<number> {
  const timeOf = async (call: (pair: number) => Promise<unknown>, pair: number) => {
    const began = performance.now();
    await call(pair);
    return performance.now() - began;
  };
  let longer = 0;
  for (let pair = 0; pair < pairs; pair += 1) {
    const oneFirst = pair % 2 === 0;
    const first = await timeOf(oneFirst ? one : other, pair);
    const second = await timeOf(oneFirst ? other : one, pair);
    if (oneFirst ? first > second : second > first) longer += 1;
  }
  return (longer - pairs / 2) / (Math.sqrt(pairs) / 2);
}
