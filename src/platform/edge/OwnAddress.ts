/** Where the service answers as far as its settings tell: `http://localhost:8080`, for one that listens on all addresses. */
export const ownAddress = (host: string, port: number): string => {
  const named = ["0.0.0.0", "::", "127.0.0.1", "::1", ""].includes(host) ? "localhost" : host
  return `http://${named.includes(":") ? `[${named}]` : named}:${port}`
}
