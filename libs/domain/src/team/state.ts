/** One team, as far as a decision looks at it. */
export interface TeamFactsReader {
  exists(): boolean;
  isMember(user: string): boolean;
  countMembers(): number;
}
