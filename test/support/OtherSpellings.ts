const encoded = (character: string) => `%${character.charCodeAt(0).toString(16)}`

/** Spellings that a lenient router or proxy may treat as `path`, but that are other paths. */
export const otherSpellings = (path: string): ReadonlyArray<string> => {
  const around = [`/${path}`, `/.${path}`, `/x/..${path}`, `${path};x`, `${path}#x`]
  if (path === "/") return [...around, "/%2F", "/.", "/..", "/%2e"]
  const [, first = "", ...rest] = path.split("/")
  const behind = rest.map((segment) => `/${segment}`).join("")
  return [
    ...around,
    `${path}/`,
    `${path}//`,
    `${path}/.`,
    `${path}/x/..`,
    `${path}%2F`,
    `${path}%3Bx`,
    `/${first.toUpperCase()}${behind}`,
    `/${encoded(first[0] ?? "")}${first.slice(1)}${behind}`,
    `/${first}${behind.slice(0, -1)}${behind === "" ? "%20" : encoded(behind.at(-1) ?? "")}`,
    `/${first}/${behind}`,
    `/${first}/.${behind}`,
    `/${first};x${behind}`,
    `/\\${first}${behind}`
  ]
}
