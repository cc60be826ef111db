/** A failed call to the object store, sorted by what is to be done about it. */

/**
 * `transient`: try again; `permanent`: a person has to act (key, bucket, rights, address);
 * `cancelled`: the caller gave up.
 */
export type StorageErrorKind = "transient" | "permanent" | "cancelled";

/** What the store answered, if it did. */
export interface StorageErrorOptions extends ErrorOptions {
  status?: number | undefined;
  /** S3's name of the error, such as `NoSuchBucket`. */
  code?: string | undefined;
}

/** The object store did not do what it was asked. `message` carries no secret and is not for users. */
export class StorageError extends Error {
  override name = "StorageError";
  readonly status: number | undefined;
  readonly code: string | undefined;

  constructor(
    readonly kind: StorageErrorKind,
    message: string,
    { status, code, ...options }: StorageErrorOptions = {},
  ) {
    super(message, options);
    this.status = status;
    this.code = code;
  }
}
