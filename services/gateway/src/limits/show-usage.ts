import type { OwnerUsage, RateState } from './admit-operations.js';

/** The answer of `memory_overview`: what is stored, with the limits of the plan beside it. */
export function showUsage(data: Readonly<Record<string, unknown>>, usage: OwnerUsage): Record<string, unknown> {
  const stored = data['usage'] as { readonly stored_bytes: { readonly used: number } };
  return {
    ...data,
    plan: usage.plan,
    usage: {
      ...stored,
      stored_bytes: { ...stored.stored_bytes, limit: usage.storedBytesLimit },
      memory_operations_per_minute: showRate(usage.rates.memory_operations_per_minute),
      syncs_per_hour: showRate(usage.rates.syncs_per_hour),
      operations_in_flight: usage.inFlight,
    },
  };
}

function showRate({ used, limit, resetSeconds }: RateState): Record<string, number> {
  return { used, limit, reset_seconds: resetSeconds };
}
