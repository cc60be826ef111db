/** Any object of JSON. */
export interface JsonObject {
  [name: string]: unknown;
}
