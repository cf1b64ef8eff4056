/**
 * Takes out of the contract what only its document needs: browsers get the shapes without the sentences about them, which would be a
 * fifth of the whole admin. Part of web.ts.
 */

/** A node of the syntax tree, as ESTree has it. */
interface Node {
  readonly type: string
  readonly start: number
  readonly end: number
  readonly [key: string]: unknown
}

interface Cut {
  readonly start: number
  readonly end: number
  readonly instead: string
}

const isNode = (value: unknown): value is Node =>
  typeof value === "object" && value !== null && typeof Reflect.get(value, "type") === "string"

const nameOf = (node: unknown): unknown => (isNode(node) ? (node["name"] ?? node["value"]) : undefined)

/** A sentence for people: it begins with a capital and ends with a full stop. */
const isSentence = (text: unknown): boolean => typeof text === "string" && /^[A-Z`][^]{9,}\.$/.test(text)

const documented = new Set<unknown>(["description", "examples", "title", "format", "identifier"])

/** `x.annotate(OpenApi.Summary, …)` and `x.annotate({ description: … })`: only `x` is needed. */
const isForDocument = (node: Node, modules: ReadonlySet<unknown>): boolean => {
  const { arguments: given, callee } = node
  if (!isNode(callee) || callee.type !== "MemberExpression" || nameOf(callee["property"]) !== "annotate") return false
  // `Schema.annotate({ … })` is a function for a pipe: what it is called on is a module.
  const on = callee["object"]
  if (isNode(on) && on.type === "Identifier" && modules.has(nameOf(on))) return false
  const first: unknown = Array.isArray(given) ? given[0] : undefined
  if (!isNode(first)) return false
  if (first.type === "MemberExpression") return nameOf(first["object"]) === "OpenApi"
  if (first.type !== "ObjectExpression") return false
  const properties = first["properties"] as ReadonlyArray<Node>
  return properties.every(({ key, type }) => type === "Property" && documented.has(nameOf(key)))
}

const cutsOf = (node: Node): ReadonlyArray<Cut> => {
  const cut = (instead: string, from: Node = node): Cut => ({ start: from.start, end: node.end, instead })
  switch (node.type) {
    case "Literal":
      return isSentence(node["value"]) ? [cut('""')] : []
    case "TemplateLiteral": {
      const quasis = node["quasis"] as ReadonlyArray<{ readonly value: { readonly cooked?: string } }>
      return quasis.length === 1 && isSentence(quasis[0]?.value.cooked) ? [cut('""')] : []
    }
    case "Property":
      return nameOf(node["key"]) === "examples" && isNode(node["value"]) && node["value"].type === "ArrayExpression"
        ? [cut("examples: []")]
        : []
    default:
      return []
  }
}

const walk = (node: Node, modules: ReadonlySet<unknown>, cuts: Array<Cut>): void => {
  if (node.type === "CallExpression" && isForDocument(node, modules)) {
    const kept = (node["callee"] as Node)["object"] as Node
    cuts.push({ start: kept.end, end: node.end, instead: "" })
    walk(kept, modules, cuts)
    return
  }
  const own = cutsOf(node)
  if (own.length > 0) {
    cuts.push(...own)
    return
  }
  for (const value of Object.values(node)) {
    for (const child of Array.isArray(value) ? (value as ReadonlyArray<unknown>) : [value]) {
      if (isNode(child)) walk(child, modules, cuts)
    }
  }
}

/** The names that are imported from the framework. */
const modulesOf = (tree: Node): ReadonlySet<unknown> =>
  new Set(
    (tree["body"] as ReadonlyArray<Node>).flatMap(({ source, specifiers, type }) =>
      type === "ImportDeclaration" && /^effect(?:\/|$)/.test(String(nameOf(source)))
        ? (specifiers as ReadonlyArray<Node>).map(({ local }) => nameOf(local))
        : []
    )
  )

/** The code without texts for the document. */
export const withoutTexts = (code: string, tree: unknown): string => {
  const cuts: Array<Cut> = []
  if (isNode(tree)) walk(tree, modulesOf(tree), cuts)
  let text = code
  for (const { end, instead, start } of cuts.toSorted((a, b) => b.start - a.start)) {
    text = text.slice(0, start) + instead + text.slice(end)
  }
  return text
}
