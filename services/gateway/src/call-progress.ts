/** How far a call is, as MCP tells it: `progress` of `total` grows with every notification. */
export interface CallProgress {
  readonly progress: number;
  readonly total: number;
  /** The same in words. */
  readonly message?: string;
}
