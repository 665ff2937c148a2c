import type { KeySecret } from '@memlane/contracts';
import { evolveAccount, secretsAt, type Account, type ApiKey } from '@memlane/domain';
import type { EventLog } from '@memlane/event-log';
import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto';
import { accountEventsOf, followAccountCommits, type AccountCommit } from './account-commits.js';
import { prefixOf } from './api-key.js';
import { credentialOf, type Credential } from './credential.js';
import { matchesSecret } from './secret-hash.js';
import { openSlowChecks } from './slow-checks.js';
import { hearOfTeam, type Teams } from './teams.js';

/** All keys, and the teams beside them, in memory and kept current from the log, so that a request is authenticated without a round trip. */
export interface Keyring {
  /**
   * The credential that a key stands for now; `undefined` when it is unknown, revoked or expired. Only the first use of a
   * key costs a slow hash.
   *
   * @throws MemlaneError `MEMLANE_ERR_OVERLOADED` when too many keys wait for their first check
   */
  verify(key: string): Promise<Credential | undefined>;
  /** The keys of an owner that were not revoked, oldest first. */
  keysOf(owner: string): readonly ApiKey[];
  /** Owners that have or had keys, in alphabetical order. */
  owners(): readonly string[];
  /** Whose key this is. */
  ownerOf(keyId: string): string | undefined;
  teams(): Teams;
  /** Resolves once the log has been heard up to a sequence of a partition, or the wait ends. */
  reaches(partition: number, seq: number, waitMs: number): Promise<boolean>;
  close(): Promise<void>;
}

/** A secret that works, and whose. */
interface Entry {
  readonly owner: string;
  readonly key: ApiKey;
  readonly secret: KeySecret;
  /** A fast hash, keyed by this process, of the text that was found to match. */
  mac?: Buffer;
}

const LOOK_MS = 5;

/**
 * Opens the keyring; resolves once every key that exists is known. While NATS is away it goes on with what it knows.
 *
 * @param options.now clock, for expiry
 */
export async function openKeyring(log: EventLog, options: { now?: () => Date } = {}): Promise<Keyring> {
  const now = options.now ?? (() => new Date());
  const accounts = new Map<string, Account>();
  const owners = new Map<string, string>();
  const teams = new Map<string, ReadonlySet<string>>();
  const byPrefix = new Map<string, Entry>();
  const heard = new Map<number, number>();
  const macKey = randomBytes(32);
  const check = openSlowChecks();

  const hear = (commit: AccountCommit) => {
    hearOfTeam(teams, commit);
    hearOfKeys(commit);
    heard.set(commit.partition, commit.seq);
  };
  const hearOfKeys = (commit: AccountCommit) => {
    const { owner, at } = commit;
    const events = accountEventsOf(commit);
    // An account that only shares, or is a team, has no keys to know of.
    if (events.length === 0) return;
    const before = accounts.get(owner) ?? new Map<string, ApiKey>();
    const after = events.reduce<Account>((account, event) => evolveAccount(account, event, at), before);
    accounts.set(owner, after);
    const known = new Map<string, Entry>();
    for (const key of before.values())
      for (const secret of [key.secret, key.previous?.secret]) {
        const entry = secret && byPrefix.get(secret.prefix);
        if (entry?.owner === owner) known.set(entry.secret.prefix, entry);
      }
    for (const prefix of known.keys()) byPrefix.delete(prefix);
    for (const id of before.keys()) if (!after.has(id)) owners.delete(id);
    for (const key of after.values()) {
      owners.set(key.id, owner);
      for (const secret of [key.secret, key.previous?.secret]) {
        if (!secret) continue;
        const mac = known.get(secret.prefix)?.mac;
        byPrefix.set(secret.prefix, { owner, key, secret, ...(mac ? { mac } : {}) });
      }
    }
  };
  const followed = followAccountCommits(log, hear);
  await followed.loaded;

  /** What a prefix stands for at the moment. */
  const find = (prefix: string): { entry: Entry; credential: Credential } | undefined => {
    const entry = byPrefix.get(prefix);
    const time = now();
    const credential = entry && credentialOf(entry.owner, entry.key, time);
    if (!credential || !secretsAt(entry.key, time.toISOString()).includes(entry.secret)) return undefined;
    return { entry, credential };
  };

  return {
    verify: async (text) => {
      const prefix = prefixOf(text);
      const found = prefix === undefined ? undefined : find(prefix);
      if (prefix === undefined || !found) return undefined;
      const mac = createHmac('sha256', macKey).update(text).digest();
      if (found.entry.mac) return timingSafeEqual(found.entry.mac, mac) ? found.credential : undefined;
      if (!(await check(mac.toString('base64'), () => matchesSecret(text, found.entry.secret)))) return undefined;
      // Meanwhile the key may have been revoked, or rotated.
      const still = find(prefix);
      if (still?.entry.secret.hash !== found.entry.secret.hash) return undefined;
      still.entry.mac = mac;
      return still.credential;
    },
    keysOf: (owner) => [...(accounts.get(owner)?.values() ?? [])],
    owners: () => [...accounts.keys()].sort(),
    teams: () => teams,
    ownerOf: (keyId) => owners.get(keyId),
    reaches: async (partition, seq, waitMs) => {
      const deadline = performance.now() + waitMs;
      while ((heard.get(partition) ?? 0) < seq) {
        if (performance.now() > deadline) return false;
        await new Promise((resolve) => setTimeout(resolve, LOOK_MS));
      }
      return true;
    },
    close: () => followed.close(),
  };
}
