/**
 * Describes a query parameter as a number, for `OpenApi.Transform` of its endpoint. Query parameters are decoded from text, but
 * generated clients should take a number. `facts` are members of its JSON Schema, such as `minimum`.
 */
export const queryNumber =
  (name: string, facts: { readonly [member: string]: unknown }) =>
  (operation: Record<string, unknown>): Record<string, unknown> => {
    const { parameters } = operation as { parameters: ReadonlyArray<{ name: string; schema: Record<string, unknown> }> }
    const parameter = parameters.find((one) => one.name === name)
    if (parameter !== undefined) {
      const { pattern: _pattern, ...rest } = parameter.schema
      parameter.schema = { ...rest, type: "integer", ...facts }
    }
    return operation
  }
