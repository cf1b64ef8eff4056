const entities: Readonly<Record<string, string>> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
  "'": "&#39;"
}

/** For use between tags and in quoted attributes. */
const escape = (text: string): string => text.replace(/[&<>"']/g, (character) => entities[character] ?? character)

/** HTML that is safe to put into a page or a mail: what came from elsewhere is escaped in it. */
export class Html {
  readonly source: string
  private constructor(source: string) {
    this.source = source
  }
  /** The only way to make HTML that `html` does not escape. */
  static readonly trusted = (source: string): Html => new Html(source)
}

export type Value = string | number | Html | undefined | ReadonlyArray<Html>

const written = (value: Value): string => {
  if (value === undefined) return ""
  if (value instanceof Html) return value.source
  return typeof value === "object" ? value.map(({ source }) => source).join("") : escape(String(value))
}

/** HTML from a template: values are escaped, nested `html` is kept, and undefined is nothing. */
export const html = (strings: TemplateStringsArray, ...values: ReadonlyArray<Value>): Html =>
  Html.trusted(strings.map((string, index) => (index === 0 ? string : written(values[index - 1]) + string)).join(""))
