/** Contents that a commit which is not applied yet relies on: they stay although nothing refers to them. */
export interface Pins {
  add(blob: number): void;
  release(blob: number): void;
  has(blob: number): boolean;
}

export function createPins(): Pins {
  const counts = new Map<number, number>();
  return {
    add: (blob) => void counts.set(blob, (counts.get(blob) ?? 0) + 1),
    release(blob) {
      const left = (counts.get(blob) ?? 0) - 1;
      if (left > 0) counts.set(blob, left);
      else counts.delete(blob);
    },
    has: (blob) => counts.has(blob),
  };
}
