/** A base URL without the slashes at its end: what is added begins with one. */
export const withoutEndSlash = (url: string): string => url.replace(/(?<!\/)\/+$/, "")
