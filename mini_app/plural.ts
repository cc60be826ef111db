/** A number with the right form of its noun. */

/** Forms by plural category (Unicode CLDR); `other` stands for those a language lacks. */
export type Forms = Partial<Record<Intl.LDMLPluralRule, string>> & { other: string };

/** Such as "3 credits". */
export function plural(language: string, count: number, forms: Forms): string {
  const form = forms[new Intl.PluralRules(language).select(count)] ?? forms.other;
  return `${new Intl.NumberFormat(language).format(count)} ${form}`;
}
