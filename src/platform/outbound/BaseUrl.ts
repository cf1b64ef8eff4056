/** A base URL without trailing slashes. Paths that are appended begin with one. */
export const withoutEndSlash = (url: string): string => url.replace(/(?<!\/)\/+$/, "")
