/** Lets a loop sleep until there is work, or a bounded time. A call to `wake` is never lost. */
export interface Wakeup {
  wake(): void;
  /** Resolves at once when `wake` was called since the last time. */
  sleep(ms: number): Promise<void>;
}

export function createWakeup(): Wakeup {
  let woken = false;
  let resume = () => {};
  return {
    wake() {
      woken = true;
      resume();
    },
    async sleep(ms) {
      if (!woken) {
        await new Promise<void>((resolve) => {
          const timer = setTimeout(resolve, ms);
          resume = () => {
            clearTimeout(timer);
            resolve();
          };
        });
      }
      woken = false;
    },
  };
}
