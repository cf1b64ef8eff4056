// The first that fits counts: most browsers also say that they are Safari, many that they are Chrome, and Android says that it is
// a Linux.
const browsers: ReadonlyArray<readonly [string, RegExp]> = [
  ["Edge", /Edg(?:A|iOS)?\//],
  ["Opera", /OPR\//],
  ["Samsung Internet", /SamsungBrowser\//],
  ["Yandex Browser", /YaBrowser\//],
  ["Firefox", /(?:Firefox|FxiOS)\//],
  ["Chrome", /(?:Chrome|CriOS)\//],
  ["Safari", /Safari\//]
]
const systems: ReadonlyArray<readonly [string, RegExp]> = [
  ["Windows", /Windows/],
  ["Android", /Android/],
  ["iPhone", /iPhone/],
  ["iPad", /iPad/],
  ["ChromeOS", /CrOS/],
  ["macOS", /Mac OS X/],
  ["Linux", /Linux/]
]

const named = (list: typeof browsers, text: string) => list.find(([, pattern]) => pattern.test(text))?.[0]

/** A browser's name in a few words, such as `Firefox, Linux`; of a program, its first word; `?` for none. */
export const browserName = (userAgent: string | null): string => {
  const text = userAgent ?? ""
  const browser = named(browsers, text) ?? text.split(/[\s/]/)[0] ?? ""
  const system = named(systems, text)
  return [browser === "" ? "?" : browser, ...(system === undefined ? [] : [system])].join(", ")
}
