/** Small statistics of samples. */

/** The value below which `share` (0 to 1) of the samples lie, by the nearest rank; NaN of none. */
export function percentile(samples: readonly number[], share: number): number {
  const sorted = samples.toSorted((a, b) => a - b);
  const rank = Math.min(sorted.length, Math.max(1, Math.ceil(share * sorted.length)));
  return sorted[rank - 1] ?? NaN;
}

/** The middle one of the samples; NaN of none. */
export function median(samples: readonly number[]): number {
  return percentile(samples, 0.5);
}

/**
 * Jain's fairness index of what each got: 1 when all got the same, 1/n when one got everything.
 *
 * Source: R. Jain, D. Chiu, W. Hawe, "A Quantitative Measure of Fairness", DEC-TR-301, 1984.
 */
export function jainIndex(shares: readonly number[]): number {
  const sum = shares.reduce((total, share) => total + share, 0);
  const squares = shares.reduce((total, share) => total + share * share, 0);
  return squares === 0 ? 1 : sum * sum / (shares.length * squares);
}
