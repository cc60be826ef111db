/** The image models in the order they are tried. */

/** What a model's name may be made of; it is sent as JSON and written to logs. */
const MODEL_NAME = /^[\w.:-]{1,100}$/;

/**
 * Reads a comma list of different models, such as `gpt-image-1.5,gpt-image-2.6-flare`.
 *
 * @throws {TypeError} For an empty list, an empty or strange name, and a name given twice.
 */
export function parseModels(text: string): string[] {
  const models = text.split(",").map((model) => model.trim());
  for (const [index, model] of models.entries()) {
    if (!MODEL_NAME.test(model)) {
      throw new TypeError(
        `Cannot read the model list "${text}": its entry ${index + 1} is "${model}", ` +
          "wanted 1 to 100 letters, digits, dots, dashes, underscores or colons",
      );
    }
    if (models.indexOf(model) !== index) {
      throw new TypeError(`Cannot read the model list "${text}": "${model}" is in it twice`);
    }
  }
  return models;
}

/** The first of `models` that is not among `retired`, or `undefined` when none is left. */
export function firstUsable(
  models: readonly string[],
  retired: readonly string[],
): string | undefined {
  return models.find((model) => !retired.includes(model));
}
