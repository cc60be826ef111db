/** The image models the stand-in knows, as OpenAI lists them on 2026-11-23. */

/** One model; its JSON is an item of `GET /v1/models`. */
export interface ImageModel {
  id: string;
  /** Seconds since the epoch. */
  created: number;
  /** ISO date; null when none is announced. */
  shutdownDate: string | null;
  /** Whether it takes any `WIDTHxHEIGHT`, not only the three standard sizes. */
  anySize: boolean;
}

/** Known unless `startOpenAi` is given others. */
export const IMAGE_MODELS: readonly ImageModel[] = [
  model("gpt-image-1.5", "2025-12-16", { shutdownDate: "2026-12-01" }),
  model("gpt-image-2", "2026-04-21", { anySize: true }),
  model("gpt-image-2-2026-04-21", "2026-04-21", { anySize: true }),
  model("gpt-image-2.5-sunburst", "2026-09-08", { anySize: true }),
  model("gpt-image-2.5-flare", "2026-09-08", { anySize: true }),
  model("gpt-image-2.6-sunburst", "2026-11-04"),
  model("gpt-image-2.6-flare", "2026-11-04"),
];

function model(id: string, released: string, more: Partial<ImageModel> = {}): ImageModel {
  const created = Date.parse(`${released}T00:00:00Z`) / 1000;
  return { id, created, shutdownDate: null, anySize: false, ...more };
}

/** The models of one stand-in, some of which can be retired while it runs. */
export class ModelCatalogue {
  #retired = new Set<string>();

  constructor(readonly known: readonly ImageModel[]) {}

  /** Models that answer, by id. */
  available(): string[] {
    return this.known.map(({ id }) => id).filter((id) => !this.#retired.has(id));
  }

  retired(): string[] {
    return [...this.#retired];
  }

  /**
   * Retires exactly `ids`; others come back.
   *
   * @throws {TypeError} For an id the catalogue does not know.
   */
  setRetired(ids: readonly string[]): void {
    const unknown = ids.filter((id) => !this.known.some((each) => each.id === id));
    if (unknown.length > 0) {
      const known = this.known.map(({ id }) => id).join(", ");
      throw new TypeError(`Cannot retire "${unknown.join('", "')}": known models are ${known}`);
    }
    this.#retired = new Set(ids);
  }

  /** The model of `id`; `retired` for one that was, null for one never heard of. */
  find(id: string): ImageModel | "retired" | null {
    if (this.#retired.has(id)) return "retired";
    return this.known.find((each) => each.id === id) ?? null;
  }
}

/** A model as `GET /v1/models` shows it. */
export function modelJson({ id, created, shutdownDate }: ImageModel): Record<string, unknown> {
  return { id, object: "model", created, owned_by: "system", shutdown_date: shutdownDate };
}
